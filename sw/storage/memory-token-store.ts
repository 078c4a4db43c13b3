import type { Json } from '../../src/contract/session.ts'
import type { EpochSeconds } from '../../src/contract/units.ts'
import type { StoredSession, TokenStore } from '../core/token-store.ts'
import type { TokenSet } from '../protocol/tokens.ts'
import type { RefreshJournal } from './refresh-journal.ts'

/** Tokens in the worker's memory. The journal is on disk, like everything that must tell of a worker that died. */
export class MemoryTokenStore implements TokenStore {
  readonly isInMemory = true
  readonly #sessions = new Map<string, StoredSession>()
  readonly #journal: RefreshJournal
  /** Sessions that another worker gave, and that are as they were. */
  readonly #given = new WeakSet<StoredSession>()

  /** Called after every change. */
  onChange: () => void = () => undefined

  constructor(journal: RefreshJournal) {
    this.#journal = journal
  }

  read(client: string): Promise<StoredSession | undefined> {
    return Promise.resolve(this.#sessions.get(client))
  }

  async put(client: string, tokens: TokenSet, appState?: Json): Promise<void> {
    this.#store(client, tokens, appState)
    await this.#closeJournal(client)
  }

  async startRefresh(client: string, generation: string, at: EpochSeconds): Promise<boolean> {
    const session = this.#current(client, generation)
    if (session === undefined) return false
    this.#sessions.set(client, { ...session, refreshStartedAt: at })
    // The tokens die with this worker; without its journal entry only the reason of the loss is less exact.
    await this.#journal.open(client, generation, at).catch(() => undefined)
    return true
  }

  async cancelRefresh(client: string, generation: string): Promise<void> {
    const session = this.#current(client, generation)
    if (session === undefined) return
    const { refreshStartedAt: _, ...rest } = session
    this.#sessions.set(client, rest)
    await this.#closeJournal(client)
  }

  async replace(client: string, generation: string, tokens: TokenSet): Promise<boolean> {
    const session = this.#current(client, generation)
    if (session === undefined) return false
    this.#store(client, tokens, session.appState)
    await this.#closeJournal(client)
    return true
  }

  async remove(client: string, generation?: string): Promise<StoredSession | undefined> {
    const session = this.#current(client, generation)
    if (session === undefined) return undefined
    this.#sessions.delete(client)
    this.onChange()
    await this.#closeJournal(client)
    return session
  }

  get all(): ReadonlyMap<string, StoredSession> {
    return this.#sessions
  }

  /** Makes the sessions what another worker has. What this one has changed itself stays. */
  take(given: ReadonlyMap<string, StoredSession>): void {
    for (const [client, session] of this.#sessions) {
      if (this.#given.has(session)) this.#sessions.delete(client)
    }
    for (const [client, session] of given) {
      if (this.#sessions.has(client)) continue
      this.#given.add(session)
      this.#sessions.set(client, session)
    }
  }

  #current(client: string, generation?: string): StoredSession | undefined {
    const session = this.#sessions.get(client)
    return generation === undefined || session?.generation === generation ? session : undefined
  }

  #store(client: string, tokens: TokenSet, appState: Json | undefined): void {
    this.#sessions.set(client, {
      generation: crypto.randomUUID(),
      tokens,
      ...(appState === undefined ? {} : { appState }),
    })
    this.onChange()
  }

  #closeJournal(client: string): Promise<void> {
    return this.#journal.close(client).catch(() => undefined)
  }
}
