import type { AuthErrorCode, AuthErrorWire } from '../../src/contract/errors.ts'
import { AuthError } from '../../src/contract/errors.ts'
import type { Json, Session } from '../../src/contract/session.ts'
import { failure } from '../protocol/failure.ts'
import type { TokenSet } from '../protocol/tokens.ts'
import type { Surroundings } from './surroundings.ts'
import type { StoredSession } from './token-store.ts'
import { Turns } from './turns.ts'

/**
 * The state machine of a session: what pages are told about it, and the few ways in which it changes.
 *
 *     signed-out ── signIn ──▶ signed-in ── end(code) ──▶ interaction-required
 *         ▲                       │  ▲ rotate                    │
 *         └────── signOut ────────┴──┘◀────── signIn ────────────┘
 *
 * A mark besides the tokens says what to expect, so that tokens that vanished with the worker are noticed.
 */
export class SessionBook {
  readonly #surroundings: Surroundings
  /** Many requests may fail for one reason: pages are told once. */
  readonly #reported = new WeakSet<object>()
  /** Clients of which pages were told that they are signed in. */
  readonly #signedIn = new Set<string>()
  /** What pages will be told of those clients of which there are no tokens. */
  readonly #looking = new Map<string, Promise<Session>>()
  /** Tokens and their mark are two writes: a change of both does not come in between those of another. */
  readonly #turns = new Turns()
  /** Set when this worker found itself unregistered, until it is registered again. */
  #tampered = false

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  /** What pages may know. Notices and reports a loss. */
  async session(client: string): Promise<Session> {
    return this.describe(await this.#surroundings.tokens.read(client), client)
  }

  async describe(stored: StoredSession | undefined, client: string): Promise<Session> {
    const { wire } = this.#surroundings
    if (this.#tampered) return { status: 'unprotected', code: 'tampered' }
    if (stored) {
      const { user, scope, authorizationDetails, expiresAt } = stored.tokens
      this.#signedIn.add(client)
      return {
        status: 'signed-in',
        user,
        scope,
        ...(authorizationDetails && { authorizationDetails }),
        expiresAt,
        stale: expiresAt !== null && expiresAt <= wire.now(),
        ...(stored.appState === undefined ? {} : { appState: stored.appState }),
      }
    }
    // One look for all who ask meanwhile: a loss is told once.
    const looking =
      this.#looking.get(client) ??
      this.#withoutTokens(client).finally(() => this.#looking.delete(client))
    this.#looking.set(client, looking)
    return looking
  }

  async #withoutTokens(client: string): Promise<Session> {
    const { ledger, tokens, tell } = this.#surroundings
    const mark = await ledger.readMark(client).catch(() => undefined)
    // Tokens are written before their mark: a sign-in may have come in between.
    const signedIn = mark?.status === 'signed-in' && (await tokens.read(client))
    if (signedIn) return this.describe(signedIn, client)
    const wasSignedIn = this.#signedIn.delete(client)
    if (mark === undefined) {
      const session = { status: 'signed-out' } as const
      // Nobody said so: the user deleted the site's data.
      if (wasSignedIn) tell({ type: 'session', client, session })
      return session
    }
    if (mark.status === 'interaction-required') return mark
    const session = { status: 'interaction-required', code: 'session-lost' } as const
    await ledger.writeMark(client, session)
    tell({ type: 'session', client, session })
    return session
  }

  /** Pages are told when the user is known as far as it will be. */
  async signIn(client: string, tokens: TokenSet, appState: Json | undefined): Promise<void> {
    await this.#turns.take(client, async () => {
      await this.#surroundings.tokens.put(client, tokens, appState)
      await this.#surroundings.ledger.writeMark(client, { status: 'signed-in' })
    })
    if (tokens.userInfoDue === undefined) await this.announce(client)
  }

  /** Stores rotated tokens. False when the session was ended or replaced in the meantime. */
  async rotate(client: string, generation: string, tokens: TokenSet): Promise<boolean> {
    const replaced = await this.#surroundings.tokens.replace(client, generation, tokens)
    if (replaced) await this.announce(client)
    return replaced
  }

  /** The server ended the session of this generation. */
  async end(client: string, generation: string, code: AuthErrorCode): Promise<void> {
    const { tokens, ledger } = this.#surroundings
    const ended = await this.#turns.take(client, async () => {
      if ((await tokens.read(client))?.generation !== generation) return false
      // The mark goes first: if the worker dies in between, the tokens must not be reported as lost.
      await ledger.writeMark(client, { status: 'interaction-required', code })
      if (await tokens.remove(client, generation)) return true
      // Another worker was faster, or a refresh.
      if (await tokens.read(client)) await ledger.writeMark(client, { status: 'signed-in' })
      return false
    })
    if (ended) await this.announce(client)
  }

  /** The user ended the session. Returns what was stored, for revocation. */
  async signOut(client: string): Promise<StoredSession | undefined> {
    const removed = await this.#remove(client)
    this.#signedIn.delete(client)
    this.#surroundings.tell({ type: 'session', client, session: { status: 'signed-out' } })
    return removed
  }

  /** The worker is not registered any more: it stops, and nothing signs in through it. Returns what was stored. */
  async stop(client: string): Promise<StoredSession | undefined> {
    this.#tampered = true
    const removed = await this.#remove(client)
    await this.announce(client)
    return removed
  }

  #remove(client: string): Promise<StoredSession | undefined> {
    const { tokens, ledger } = this.#surroundings
    return this.#turns.take(client, async () => {
      // The mark goes first: if the worker dies in between, the tokens must not be reported as lost.
      await ledger.writeMark(client, undefined).catch(() => undefined)
      return tokens.remove(client)
    })
  }

  get isTampered(): boolean {
    return this.#tampered
  }

  /** A page registered this worker again: it starts over, without any session. */
  resume(): void {
    this.#tampered = false
  }

  /** @throws AuthError `tampered` */
  refuseIfTampered(): void {
    if (this.#tampered) throw tampered()
  }

  async announce(client: string): Promise<void> {
    this.#surroundings.tell({ type: 'session', client, session: await this.session(client) })
  }

  reportError(error: unknown, client?: string): AuthErrorWire {
    const wire = toWire(error)
    if (typeof error === 'object' && error !== null) {
      if (this.#reported.has(error)) return wire
      this.#reported.add(error)
    }
    this.#surroundings.tell({
      type: 'error',
      error: wire,
      ...(client === undefined ? {} : { client }),
    })
    return wire
  }
}

export function tampered(): AuthError {
  return failure('tampered', 'registration', {
    message:
      'The worker was unregistered while it ran; its tokens were dropped and revoked. Reload',
  })
}

/** The form in which an error may leave the worker. What is not an {@link AuthError} is reduced to `internal`. */
export function toWire(error: unknown): AuthErrorWire {
  const known =
    error instanceof AuthError
      ? error
      : failure('internal', 'request', {
          message: 'The guardian failed; nothing was stored or sent',
        })
  const { code, phase, message, retryable, correlationId, oauthError, status, scope } = known
  return {
    code,
    phase,
    message,
    retryable,
    correlationId,
    ...(oauthError === undefined ? {} : { oauthError }),
    ...(status === undefined ? {} : { status }),
    ...(scope === undefined ? {} : { scope }),
  }
}
