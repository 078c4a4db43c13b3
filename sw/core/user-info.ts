import type { Claims } from '../../src/contract/session.ts'
import type { TokenSet } from '../protocol/tokens.ts'
import { loadUserInfo, userWith } from '../protocol/user-info.ts'
import type { Refresher } from './refresh.ts'
import type { ServerDirectory } from './server-directory.ts'
import type { SessionBook } from './session-book.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Adds the claims of UserInfo to a sign-in. They are asked for when it is stored, for its code is spent and it must not be lost
 * with a worker that is ended while that endpoint answers; pages are told when they are there, so that they do not see half a
 * user. That they are due is stored as well, and a next life of the worker asks for them.
 *
 * Nothing that goes wrong here fails the sign-in. That is so for a `sub` of somebody else as well (threat model, statement 23):
 * who signed in is what the ID Token proves, whose signature, nonce and `at_hash` were checked; the claims of UserInfo are then
 * not this user's and are not used (OpenID Connect Core section 5.3.2), but to end the session would give an endpoint that only
 * adds claims the power to sign users out.
 */
export class UserInfo {
  readonly #surroundings: Surroundings
  readonly #servers: ServerDirectory
  readonly #sessions: SessionBook
  readonly #refresher: Refresher
  readonly #running = new Map<string, Promise<void>>()

  constructor(
    surroundings: Surroundings,
    servers: ServerDirectory,
    sessions: SessionBook,
    refresher: Refresher,
  ) {
    this.#surroundings = surroundings
    this.#servers = servers
    this.#sessions = sessions
    this.#refresher = refresher
  }

  /** Asks for them if they are due. Never rejects: errors become events. */
  async add(client: string): Promise<void> {
    const { userInfoDue } = (await this.#read(client)) ?? {}
    if (userInfoDue === undefined) return
    let running = this.#running.get(userInfoDue)
    if (running === undefined) {
      running = this.#add(client, userInfoDue).finally(() => this.#running.delete(userInfoDue))
      this.#running.set(userInfoDue, running)
    }
    await running
  }

  async #add(client: string, due: string): Promise<void> {
    const userInfo = await this.#load(client)
    try {
      // A refresh in between would take the session for another one, and give up what it got.
      await this.#refresher.inTurn(client, () => this.#store(client, due, userInfo))
    } catch (error) {
      this.#sessions.reportError(error, client)
      await this.#sessions.announce(client).catch(() => undefined)
    }
  }

  async #load(client: string): Promise<Claims | undefined> {
    try {
      const server = await this.#servers.server(client)
      const tokens = await this.#read(client)
      return tokens && (await loadUserInfo(server, tokens, this.#surroundings.wire))
    } catch (error) {
      this.#sessions.reportError(error, client)
      return undefined
    }
  }

  async #store(client: string, due: string, userInfo: Claims | undefined): Promise<void> {
    const stored = await this.#surroundings.tokens.read(client)
    if (stored?.tokens.userInfoDue !== due) return
    const { userInfoDue: _, ...tokens } = stored.tokens
    const { user } = tokens
    const claims = userInfo && { userInfo, user: userWith(userInfo, user) }
    await this.#sessions.rotate(client, stored.generation, { ...tokens, ...claims })
  }

  async #read(client: string): Promise<TokenSet | undefined> {
    return this.#surroundings.tokens.read(client).then(
      (stored) => stored?.tokens,
      () => undefined,
    )
  }
}
