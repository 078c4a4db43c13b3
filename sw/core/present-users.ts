import type { ParsedClient } from '../../src/contract/config.ts'
import type { Surroundings } from './surroundings.ts'
import type { StoredSession, TokenStore } from './token-store.ts'

/**
 * Who is signed in, for what an app keeps for each user. The key is a name without meaning, the same over restarts.
 * `unknown`: it cannot be said now, or the session ended without a sign-out and its user may come back.
 */
export type PresentUser = { readonly key: string } | 'nobody' | 'unknown'

/** Whom a request is meant for: the user of a key, or `null` for nobody. */
export type MeantFor = string | null

interface UserSurroundings {
  readonly config: Surroundings['config']
  readonly tokens: Pick<TokenStore, 'read'>
  /** The key of who is told from all others by these. */
  readonly nameOf: (parts: readonly string[]) => Promise<string>
  /** Whether a client without a session is one whose user signed out, or never signed in. */
  readonly isSignedOut: (client: string) => Promise<boolean>
}

/** Knows whose sessions there are. */
export class PresentUsers {
  readonly #surroundings: UserSurroundings

  constructor(surroundings: UserSurroundings) {
    this.#surroundings = surroundings
  }

  /** Never rejects. */
  async of(client: string): Promise<PresentUser> {
    const { tokens, isSignedOut } = this.#surroundings
    // A vault is asked by script too, and looking for what cannot be there costs.
    if (!this.#client(client)) return 'unknown'
    try {
      const session = await tokens.read(client)
      if (session === undefined) return (await isSignedOut(client)) ? 'nobody' : 'unknown'
      const key = await this.#keyOf(client, session)
      return key === undefined ? 'unknown' : { key }
    } catch {
      return 'unknown'
    }
  }

  /** Whether a request for this user may go out with this session; `undefined` for none. */
  async isMeant(
    user: MeantFor,
    client: string,
    session: StoredSession | undefined,
  ): Promise<boolean> {
    if (session === undefined || user === null) return session === undefined && user === null
    return (await this.#keyOf(client, session)) === user
  }

  /** A server that does not say who signed in leaves nothing to tell users apart by. */
  async #keyOf(client: string, { tokens }: StoredSession): Promise<string | undefined> {
    const { identity, user } = tokens
    const issuer = identity?.iss ?? this.#client(client)?.issuer
    const sub = identity?.sub ?? user.sub
    return issuer && sub ? this.#surroundings.nameOf([client, issuer, sub]) : undefined
  }

  #client(wanted: string): ParsedClient | undefined {
    return this.#surroundings.config.clients.find(({ name }) => name === wanted)
  }
}
