import { isAuthError, type AuthErrorCode } from '../../src/contract/errors.ts'
import { failure } from '../protocol/failure.ts'
import { RefreshUnavailable, refreshTokens } from '../protocol/refresh-tokens.ts'
import { revokeTokens } from '../protocol/end-session.ts'
import type { TokenSet } from '../protocol/tokens.ts'
import type { ServerDirectory } from './server-directory.ts'
import type { SessionBook } from './session-book.ts'
import type { Surroundings } from './surroundings.ts'
import type { StoredSession } from './token-store.ts'

/** Seconds between attempts in the background while they fail: doubling from the first to the last of these. */
const FIRST_PAUSE_SECONDS = 1
const LONGEST_PAUSE_SECONDS = 60

/**
 * Codes after which there is nothing left to refresh with. A downgrade is one of them: the refresh token of before may be
 * replaced, and what replaced it is bound to no key.
 */
const ENDING: readonly AuthErrorCode[] = [
  'session-ended',
  'refresh-identity-mismatch',
  'dpop-downgrade',
]

interface Pause {
  readonly failures: number
  /** Background attempts wait until then. */
  readonly until: number
  /** The server's own `Retry-After`: everyone waits until then. */
  readonly untilForAll: number
}

/**
 * Refreshing, once for everyone.
 *
 * 1. Inside a worker, callers that hold the same generation share one attempt.
 * 2. Between workers, a lock admits one at a time, and whoever gets it looks first whether the work is done.
 * 3. The journal is written before the request; new tokens and the end of the journal are one transaction after it.
 *    A worker that finds an open journal knows that an answer was lost: it tries the old refresh token once more (a server
 *    with a grace period accepts it), and if it is refused the session ends with `refresh-interrupted`.
 * 4. Only a refusal by the server ends a session.
 */
export class Refresher {
  readonly #surroundings: Surroundings
  readonly #servers: ServerDirectory
  readonly #sessions: SessionBook
  readonly #running = new Map<string, Promise<TokenSet>>()
  readonly #pauses = new Map<string, Pause>()

  constructor(surroundings: Surroundings, servers: ServerDirectory, sessions: SessionBook) {
    this.#surroundings = surroundings
    this.#servers = servers
    this.#sessions = sessions
  }

  /**
   * Gets newer tokens than those of `stale`, from the server or from whoever refreshed in the meantime.
   * @throws AuthError `refresh-unavailable`, `client-rejected`, `dpop-nonce-unreadable` (session kept), `session-ended`, `refresh-interrupted`,
   * `refresh-identity-mismatch`, `dpop-downgrade`, `token-expired` (session ended), `not-signed-in`
   */
  refresh(client: string, stale: StoredSession): Promise<TokenSet> {
    const key = `${client} ${stale.generation}`
    let running = this.#running.get(key)
    if (running === undefined) {
      running = this.#attempt(client, stale.generation).finally(() => this.#running.delete(key))
      this.#running.set(key, running)
    }
    return running
  }

  /** The same without anyone waiting: errors become events, and attempts keep a growing distance. */
  async refreshInBackground(client: string, stale: StoredSession): Promise<void> {
    if (stale.tokens.refreshToken === undefined) return
    if ((this.#pauses.get(client)?.until ?? 0) > this.#surroundings.wire.now()) return
    await this.refresh(client, stale).catch((error: unknown) =>
      this.#sessions.reportError(error, client),
    )
  }

  async #attempt(client: string, generation: string): Promise<TokenSet> {
    try {
      const { exclusive } = this.#surroundings
      const tokens = await exclusive(`refresh ${client}`, () => this.#alone(client, generation))
      this.#pauses.delete(client)
      return tokens
    } catch (error) {
      const known = asRefreshError(error)
      this.#pause(client, known)
      throw known
    }
  }

  async #alone(client: string, generation: string): Promise<TokenSet> {
    const { tokens, wire } = this.#surroundings
    const stored = await tokens.read(client)
    if (stored === undefined) throw notSignedIn()
    if (stored.generation !== generation) return stored.tokens
    const { refreshToken } = stored.tokens
    if (refreshToken === undefined) {
      await this.#sessions.end(client, generation, 'token-expired')
      throw failure('token-expired', 'refresh', {
        message: 'The access token expired and there is no refresh token; the user must sign in',
      })
    }
    if ((this.#pauses.get(client)?.untilForAll ?? 0) > wire.now()) throw new RefreshUnavailable()
    const server = await this.#servers.server(client)
    if (!(await tokens.startRefresh(client, generation, wire.now()))) throw notSignedIn()
    const next = await refreshTokens(server, refreshToken, stored.tokens, wire).catch(
      (error: unknown) => this.#refused(client, stored, error),
    )
    if (await this.#sessions.rotate(client, generation, next)) return next
    // Signed out, or in again, while the request was under way: nobody may use what came back.
    await revokeTokens(server, next, wire).catch(() => undefined)
    const other = await tokens.read(client)
    if (other === undefined) throw notSignedIn()
    return other.tokens
  }

  async #refused(client: string, stored: StoredSession, error: unknown): Promise<never> {
    const { generation, refreshStartedAt } = stored
    const code = isAuthError(error) ? error.code : undefined
    if (code !== undefined && ENDING.includes(code)) {
      const interrupted = code === 'session-ended' && refreshStartedAt !== undefined
      await this.#sessions.end(client, generation, interrupted ? 'refresh-interrupted' : code)
    } else if (isAuthError(error) && isAnswer(error.status)) {
      // The server answered and issued nothing: there is no lost answer to remember.
      await this.#surroundings.tokens.cancelRefresh(client, generation)
    }
    throw error
  }

  #pause(client: string, error: unknown): void {
    const now = this.#surroundings.wire.now()
    const failures = (this.#pauses.get(client)?.failures ?? 0) + 1
    const most = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (failures - 1))
    // Half of it is random, so that many clients do not come back together.
    const seconds = most / 2 + (most / 2) * Math.random()
    const retryAfter = error instanceof RefreshUnavailable ? error.retryAfterSeconds : 0
    this.#pauses.set(client, { failures, until: now + seconds, untilForAll: now + retryAfter })
  }
}

/** An error status is an answer; 200 with something unreadable may have rotated the token. */
function isAnswer(status: number | undefined): boolean {
  return status !== undefined && status >= 400
}

/** A refresh that failed for any other reason than its own refusal is one that may work later. */
function asRefreshError(error: unknown): unknown {
  if (!isAuthError(error)) return error
  return error.code === 'metadata-unreachable' || error.code === 'storage-unavailable'
    ? new RefreshUnavailable()
    : error
}

function notSignedIn(): Error {
  return failure('not-signed-in', 'refresh', { message: 'There is no session to refresh' })
}
