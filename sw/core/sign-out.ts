import { epochSeconds } from '../../src/contract/units.ts'
import { endSessionUrl, revokeTokens } from '../protocol/end-session.ts'
import type { Secret } from '../protocol/secret.ts'
import { writeCarried, type Carried } from './hand-over.ts'
import { Landings } from './landings.ts'
import { landingUrl } from './return-to.ts'
import type { ServerDirectory } from './server-directory.ts'
import { tampered, type SessionBook } from './session-book.ts'
import type { Surroundings } from './surroundings.ts'
import type { StoredSession } from './token-store.ts'

/** Seconds that a logout may take at the server, which may ask the user. */
const LOGOUT_SECONDS = 900
/** Name of the errand for servers that give no state back: the last one counts. It leads to pages of the app only. */
const WITHOUT_STATE = 'logout-without-state'

export interface SignOutRequest {
  readonly returnTo?: string
  /** Only here: no revocation at the server and no navigation to it. */
  readonly localOnly?: boolean
  /** Vault: the app whose page asks. */
  readonly appOrigin?: string | undefined
}

/**
 * Signing out: the local session first, whatever follows; then revocation (RFC 7009), then the server's own session
 * (RP-Initiated Logout), to which the browser is redirected by the guardian so that no page sees the ID Token hint.
 */
export class SignOut {
  readonly #surroundings: Surroundings
  readonly #servers: ServerDirectory
  readonly #sessions: SessionBook
  readonly #landings: Landings
  /** In memory on purpose: a worker that dies in these seconds costs the hint, not the logout. */
  readonly #hints = new Map<string, Secret<'id-token'>>()

  constructor(surroundings: Surroundings, servers: ServerDirectory, sessions: SessionBook) {
    this.#surroundings = surroundings
    this.#servers = servers
    this.#sessions = sessions
    this.#landings = new Landings(surroundings, sessions)
  }

  /**
   * @param waitUntil keeps the worker alive for the revocation
   * @returns where the page should navigate, or `null` when there is nowhere to go
   * @throws AuthError `unknown-client`, `invalid-return-to` (before anything is removed), `storage-unavailable`
   */
  async begin(
    client: string,
    { returnTo, localOnly = false, appOrigin }: SignOutRequest,
    waitUntil: (work: Promise<unknown>) => void,
  ): Promise<string | null> {
    const { config, handOver, origin } = this.#surroundings
    this.#servers.client(client)
    const landing = landingUrl(returnTo, this.#surroundings, appOrigin)
    const removed = await this.#sessions.signOut(client)
    if (localOnly) return returnTo === undefined ? null : landing
    if (removed) waitUntil(this.#revoke(client, removed))
    const id = crypto.randomUUID()
    await this.#remember(id, client, landing)
    if (removed?.tokens.idToken) this.#hints.set(id, removed.tokens.idToken)
    const path = `${config.logoutPath}?request=${id}`
    if (handOver === undefined) return path
    // The frame that asks may not see what the top-level vault writes when the browser comes back.
    await this.#landings.write({}, id)
    const carried = writeCarried({ kind: 'logout', client, returnTo: landing })
    return `${origin}${path}&carry=${carried}`
  }

  async #remember(id: string, client: string, returnTo: string): Promise<void> {
    const { ledger, wire } = this.#surroundings
    const expiresAt = epochSeconds(wire.now() + LOGOUT_SECONDS)
    await ledger.putErrand(id, { kind: 'logout', client, returnTo }, expiresAt)
  }

  /** Ends every session of a worker that was unregistered, here and at the server. */
  async abandon(): Promise<void> {
    const { config } = this.#surroundings
    this.#sessions.reportError(tampered())
    for (const { name } of config.clients) {
      const removed = await this.#sessions.stop(name)
      if (removed) await this.#revoke(name, removed)
    }
  }

  /**
   * @param carried what the URL brought along, for a vault whose storage does not know the errand: then there is no hint either
   * @returns where to redirect the navigation to the logout path: the server, or back when it has no logout
   */
  async start(errandId: string, carried?: Carried): Promise<string> {
    const { ledger, wire, origin, config, handOver } = this.#surroundings
    const stored = await ledger.readErrand(errandId, wire.now()).catch(() => undefined)
    const errand = stored ?? (handOver && carried)
    if (errand?.kind !== 'logout') return this.#land()
    if (!stored) {
      await this.#remember(errandId, errand.client, errand.returnTo).catch(() => undefined)
    }
    const idToken = this.#hints.get(errandId)
    this.#hints.delete(errandId)
    const server = await this.#servers.server(errand.client).catch(() => undefined)
    if (server?.client.logout === 'cognito') {
      const { client, returnTo } = errand
      await this.#remember(WITHOUT_STATE, client, returnTo).catch(() => undefined)
    }
    const url =
      server &&
      endSessionUrl(server, {
        ...(idToken ? { idToken } : {}),
        postLogoutRedirectUri: origin + config.logoutPath,
        state: errandId,
      })
    return url ?? this.#land(errand.returnTo, errandId)
  }

  /** @returns where to land after the server's logout; servers that lose `state` lead to the start page */
  async finish(parameters: URLSearchParams): Promise<string> {
    const { ledger, wire } = this.#surroundings
    const id = parameters.get('state') ?? WITHOUT_STATE
    const errand = await ledger.readErrand(id, wire.now()).catch(() => undefined)
    return errand?.kind === 'logout' ? this.#land(errand.returnTo, id) : this.#land()
  }

  async #land(returnTo?: string, id?: string): Promise<string> {
    await this.#landings.write({}, id)
    return this.#landings.url({ returnTo })
  }

  async #revoke(client: string, { tokens }: StoredSession): Promise<void> {
    try {
      const server = await this.#servers.server(client)
      await revokeTokens(server, tokens, this.#surroundings.wire)
    } catch (error) {
      this.#sessions.reportError(error, client)
    }
  }
}
