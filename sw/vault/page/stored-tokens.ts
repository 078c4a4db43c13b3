import type { GuardianEvent } from '../../../src/contract/messages.ts'
import type { SessionRows, StoredRow, StoredSession, TokenStore } from '../../core/token-store.ts'
import { parseSessionReply } from '../session-request.ts'
import type { VaultWorker } from './vault-worker.ts'

/** The sessions of the vault: from its storage, and where that fails from the worker, whose memory has them then. */
export class StoredTokens implements Pick<TokenStore, 'read'> {
  readonly #rows: Pick<SessionRows, 'look'>
  readonly #worker: Pick<VaultWorker, 'ask'>
  /** Whether the worker has what the storage has not. */
  #isInMemory = false
  /** Clients without a row, of which the worker has no session either. */
  readonly #absent = new Set<string>()

  constructor(rows: Pick<SessionRows, 'look'>, worker: Pick<VaultWorker, 'ask'>) {
    this.#rows = rows
    this.#worker = worker
  }

  /** @throws AuthError `storage-unavailable`, `storage-newer-version`, `worker-unresponsive` */
  async read(client: string): Promise<StoredSession | undefined> {
    if (this.#isInMemory) return this.#ask(client)
    const look = await this.#rows.look(client).catch((error: unknown) => ({ error }))
    if (look !== undefined && 'error' in look) return this.#ask(client)
    const row: StoredRow | undefined = look
    if (row?.session) return row.session
    if (row) return this.#ask(client)
    if (this.#absent.has(client)) return undefined
    // A worker that does not answer has nothing in its memory: for that it would be kept awake.
    return this.#ask(client).catch(() => undefined)
  }

  /** Asks the worker where its sessions are. Never rejects. */
  async askWhere(): Promise<void> {
    await this.#worker.ask({ type: 'start' }).then(
      (answer) => this.learn(answer),
      () => undefined,
    )
  }

  /** To be called with answers of the worker that say where its sessions are. */
  learn(answer: unknown): void {
    this.#isInMemory = parseSessionReply(answer).inMemory
  }

  /** To be called with what the worker tells. */
  hear(event: GuardianEvent): void {
    this.#absent.clear()
    if (event.type === 'error' && event.error.code === 'storage-degraded') this.#isInMemory = true
  }

  async #ask(client: string): Promise<StoredSession | undefined> {
    const answer = await this.#worker.ask({ type: 'session', client })
    const { session, inMemory } = parseSessionReply(answer)
    this.#isInMemory = inMemory
    if (session) this.#absent.delete(client)
    else this.#absent.add(client)
    return session
  }
}
