import { isAuthError, type AuthErrorCode } from '../../src/contract/errors.ts'
import { failure } from '../protocol/failure.ts'
import { notGranted, RefreshUnavailable, refreshTokens } from '../protocol/refresh-tokens.ts'
import { revokeTokens } from '../protocol/end-session.ts'
import type { TokenSet } from '../protocol/tokens.ts'
import { believedSeconds, pauseAfter } from './refresh-schedule.ts'
import type { ServerDirectory } from './server-directory.ts'
import type { SessionBook } from './session-book.ts'
import type { Surroundings } from './surroundings.ts'
import { isFurther, sessionFor, tokenId, withIssued, type Target } from './target-tokens.ts'
import type { StoredSession } from './token-store.ts'
import { Turns } from './turns.ts'

/** Seconds after which an API that the server refused is asked for again. */
const REFUSAL_SECONDS = 60

/**
 * Codes after which there is nothing left to refresh with. A downgrade is one of them: the refresh token of before may be
 * replaced, and what replaced it is bound to no key.
 */
const ENDING: readonly AuthErrorCode[] = [
  'session-ended',
  'refresh-identity-mismatch',
  'dpop-downgrade',
]

/** What a server refused for one API, so that calls which go on do not ask again and again. */
interface NotGranted {
  readonly error: unknown
  readonly generation: string
  readonly until: number
}

/** Until its end nobody asks the server: calls that need a token fail at once. */
interface Pause {
  readonly generation: string
  readonly failures: number
  readonly from: number
  readonly until: number
  /** Where the token is good still. */
  readonly untilInBackground: number
  /** For a user who asks again: what the server itself said (`Retry-After`). */
  readonly untilAsked: number
}

/**
 * Refreshing, once for everyone.
 *
 * 1. Inside a worker, callers that hold the same access token share one attempt, and attempts of one client run one after the
 *    other, for all use the same refresh token.
 * 2. Between workers, a lock admits one at a time, and whoever gets it looks first whether the work is done.
 * 3. The journal is written before the request; new tokens and the end of the journal are one transaction after it.
 *    A worker that finds an open journal knows that an answer was lost: it tries the old refresh token once more (a server
 *    with a grace period accepts it), and if it is refused the session ends with `refresh-interrupted`.
 * 4. Only a refusal by the server ends a session.
 *
 * After a failure everyone shares a pause, whoever calls and how often; `refresh-schedule.ts` says how long it is.
 * A token for a further API is got in the same way: it uses, and may rotate, the same refresh token. Its refusal ends nothing.
 */
export class Refresher {
  readonly #surroundings: Surroundings
  readonly #servers: ServerDirectory
  readonly #sessions: SessionBook
  readonly #running = new Map<string, Promise<TokenSet>>()
  readonly #turns = new Turns()
  readonly #pauses = new Map<string, Pause>()
  readonly #notGranted = new Map<string, NotGranted>()

  constructor(surroundings: Surroundings, servers: ServerDirectory, sessions: SessionBook) {
    this.#surroundings = surroundings
    this.#servers = servers
    this.#sessions = sessions
  }

  /**
   * Gets a newer access token than that of `stale`, from the server or from whoever refreshed in the meantime.
   * @param target the API whose token it is; left out, the client's own
   * @throws AuthError `refresh-unavailable`, `client-rejected`, `resource-not-granted`, `dpop-nonce-unreadable` (session kept),
   * `session-ended`, `refresh-interrupted`, `refresh-identity-mismatch`, `dpop-downgrade`, `token-expired` (session ended), `not-signed-in`
   */
  refresh(client: string, stale: StoredSession, target?: Target): Promise<TokenSet> {
    const seen = tokenId(stale, target)
    const key = `${client} ${isFurther(target) ? target.key : ''} ${seen}`
    let running = this.#running.get(key)
    if (running === undefined) {
      running = this.#attempt(client, seen, target).finally(() => this.#running.delete(key))
      this.#surroundings.decisions?.refresh(client, running, target?.key)
      this.#running.set(key, running)
    }
    return running
  }

  /** The same for a page that asks for it, not for a call: of a pause only what the server said is left. */
  refreshNow(client: string, stale: StoredSession): Promise<TokenSet> {
    const pause = this.#pauseOf(client, stale)
    if (pause) this.#pauses.set(client, { ...pause, until: pause.untilAsked })
    return this.refresh(client, stale)
  }

  /** The same without anyone waiting: errors become events, and nothing happens in a pause. */
  async refreshInBackground(client: string, stale: StoredSession, target?: Target): Promise<void> {
    if (stale.tokens.refreshToken === undefined) return
    if (this.isPausedInBackground(client, stale)) return
    await this.refresh(client, stale, target).catch((error: unknown) =>
      this.#sessions.reportError(error, client),
    )
  }

  /** Whether a refresh that nobody waits for should be left out for now. */
  isPausedInBackground(client: string, stored: StoredSession): boolean {
    return (this.#pauseOf(client, stored)?.untilInBackground ?? 0) > this.#surroundings.wire.now()
  }

  /** Runs a task while nobody refreshes the client's session, in this worker or another. */
  inTurn<Result>(client: string, task: () => Promise<Result>): Promise<Result> {
    const { exclusive } = this.#surroundings
    return this.#turns.take(client, () => exclusive(`refresh ${client}`, task))
  }

  async #attempt(client: string, seen: string | undefined, target: Target): Promise<TokenSet> {
    try {
      const tokens = await this.inTurn(client, () => this.#alone(client, seen, target))
      this.#pauses.delete(client)
      return tokens
    } catch (error) {
      throw asRefreshError(error)
    }
  }

  async #alone(client: string, seen: string | undefined, target: Target): Promise<TokenSet> {
    const { tokens, wire } = this.#surroundings
    const stored = await tokens.read(client)
    if (stored === undefined) throw notSignedIn()
    const { generation } = stored
    const current = tokenId(stored, target)
    if (current !== undefined && current !== seen) return stored.tokens
    this.#refuseAgain(client, generation, target)
    const { refreshToken } = stored.tokens
    if (refreshToken === undefined) {
      // What there is may be good for other APIs still.
      if (target && (isFurther(target) || !sessionFor(stored, target))) {
        const error = notGranted(target, 'the sign-in brought no refresh token to get it with')
        throw this.#rememberRefusal(client, generation, target, error)
      }
      await this.#sessions.end(client, generation, 'token-expired')
      throw failure('token-expired', 'refresh', {
        message: 'The access token expired and there is no refresh token; the user must sign in',
      })
    }
    if (this.#isPaused(client, stored)) throw new RefreshUnavailable()
    const server = await this.#servers.server(client).catch(async (error: unknown) => {
      await this.#pause(client, stored, error, target)
      throw error
    })
    if (!(await tokens.startRefresh(client, generation, wire.now()))) throw notSignedIn()
    const issued = await refreshTokens(
      server,
      refreshToken,
      stored.tokens,
      wire,
      isFurther(target) ? target : undefined,
    ).catch((error: unknown) => this.#refused(client, stored, error, target))
    const next = withIssued(stored.tokens, issued, target)
    if (await this.#sessions.rotate(client, generation, next)) return next
    // Signed out, or in again, while the request was under way: nobody may use what came back.
    await revokeTokens(server, issued, wire).catch(() => undefined)
    const other = await tokens.read(client)
    if (other === undefined) throw notSignedIn()
    return other.tokens
  }

  async #refused(
    client: string,
    stored: StoredSession,
    error: unknown,
    target: Target,
  ): Promise<never> {
    const { generation, refreshStartedAt } = stored
    const code = isAuthError(error) ? error.code : undefined
    if (code !== undefined && ENDING.includes(code)) {
      const interrupted = code === 'session-ended' && refreshStartedAt !== undefined
      await this.#sessions.end(client, generation, interrupted ? 'refresh-interrupted' : code)
      throw error
    }
    if (!isNotGranted(error)) await this.#pause(client, stored, error, target)
    if (isAuthError(error) && isAnswer(error.status)) {
      // The server answered and issued nothing: there is no lost answer to remember, unless from before.
      if (refreshStartedAt === undefined) {
        await this.#surroundings.tokens.cancelRefresh(client, generation)
      }
      if (isNotGranted(error)) this.#rememberRefusal(client, generation, target, error)
    }
    throw error
  }

  #rememberRefusal(client: string, generation: string, target: Target, error: unknown): unknown {
    const until = this.#surroundings.wire.now() + REFUSAL_SECONDS
    this.#notGranted.set(refusalKey(client, target), { error, generation, until })
    return error
  }

  /** A server that refused an API is asked again after a while, and at once when the session is another. */
  #refuseAgain(client: string, generation: string, target: Target): void {
    const refusal = this.#notGranted.get(refusalKey(client, target))
    if (refusal?.generation !== generation || refusal.until <= this.#surroundings.wire.now()) return
    throw refusal.error
  }

  async #pause(
    client: string,
    stored: StoredSession,
    error: unknown,
    target: Target,
  ): Promise<void> {
    const { hasNetwork, wire } = this.#surroundings
    const isAnswered = isAuthError(error) && error.status !== undefined
    // Nobody was asked, and the first call after the network is back must not wait.
    if (!isAnswered && (await hasNetwork?.()) === false) return
    const { generation } = stored
    const session = isFurther(target) ? sessionFor(stored, target) : stored
    const { issuedAt, expiresAt } = session?.tokens ?? { expiresAt: null }
    const now = wire.now()
    const before = this.#pauses.get(client)
    const failures = (before?.generation === generation ? before.failures : 0) + 1
    const failed = {
      failures,
      leftSeconds: expiresAt === null ? 0 : expiresAt - now,
      lifetimeSeconds:
        issuedAt === undefined || expiresAt === null ? undefined : expiresAt - issuedAt,
      retryAfterSeconds: error instanceof RefreshUnavailable ? error.retryAfterSeconds : 0,
    }
    // A call may need a token that is good by its time: one that the API refuses, or that of another API.
    const until = now + pauseAfter({ ...failed, leftSeconds: 0 })
    const untilInBackground = Math.max(until, now + pauseAfter(failed))
    const untilAsked = now + believedSeconds(failed.retryAfterSeconds)
    this.#pauses.set(client, {
      generation,
      failures,
      from: now,
      until,
      untilInBackground,
      untilAsked,
    })
  }

  #isPaused(client: string, stored: StoredSession): boolean {
    return (this.#pauseOf(client, stored)?.until ?? 0) > this.#surroundings.wire.now()
  }

  /** A new session starts without a pause. So does a clock that was set back. */
  #pauseOf(client: string, { generation }: StoredSession): Pause | undefined {
    const pause = this.#pauses.get(client)
    const now = this.#surroundings.wire.now()
    return pause?.generation === generation && pause.from <= now ? pause : undefined
  }
}

/** 200 with something unreadable may have rotated the token, and so may a server whose answer a gateway did not pass on. */
function isAnswer(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500
}

/** A refresh that failed for any other reason than its own refusal is one that may work later. */
function asRefreshError(error: unknown): unknown {
  if (!isAuthError(error)) return error
  return error.code === 'metadata-unreachable' || error.code === 'storage-unavailable'
    ? new RefreshUnavailable()
    : error
}

function isNotGranted(error: unknown): boolean {
  return isAuthError(error) && error.code === 'resource-not-granted'
}

function refusalKey(client: string, target: Target): string {
  return `${client} ${target?.key ?? ''}`
}

function notSignedIn(): Error {
  return failure('not-signed-in', 'refresh', { message: 'There is no session to refresh' })
}
