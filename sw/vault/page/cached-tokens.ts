import type { StoredSession, TokenStore } from '../../core/token-store.ts'

/** Milliseconds that a session read from the database is used without looking again, should a change not be heard of. */
const FRESH_MS = 1000

interface Entry {
  readonly session: Promise<StoredSession | undefined>
  readonly readAt: number
}

/** The sessions as the vault's storage has them, without a database read for every request. */
export class CachedTokens implements Pick<TokenStore, 'read'> {
  readonly #tokens: Pick<TokenStore, 'read'>
  readonly #entries = new Map<string, Entry>()
  readonly #now: () => number

  constructor(tokens: Pick<TokenStore, 'read'>, now: () => number = () => performance.now()) {
    this.#tokens = tokens
    this.#now = now
  }

  read(client: string): Promise<StoredSession | undefined> {
    const known = this.#entries.get(client)
    if (known && this.#now() - known.readAt < FRESH_MS) return known.session
    const session = this.#tokens.read(client)
    const entry = { session, readAt: this.#now() }
    this.#entries.set(client, entry)
    // A failure is not remembered.
    session.catch(() => {
      if (this.#entries.get(client) === entry) this.#entries.delete(client)
    })
    return session
  }

  /** To be called when the vault's worker says that a session changed. */
  forget(): void {
    this.#entries.clear()
  }
}
