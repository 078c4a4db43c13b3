import type { Json } from '../../src/contract/session.ts'
import { epochSeconds, type EpochSeconds } from '../../src/contract/units.ts'
import type { StoredSession, TokenStore } from '../core/token-store.ts'
import { parseProofKey } from '../protocol/proof-key.ts'
import type { TokenSet } from '../protocol/tokens.ts'
import type { Database } from './database.ts'
import { SealingKey } from './sealing-key.ts'
import { readTokens, writeTokens } from './token-rows.ts'

/** Tokens in IndexedDB, sealed. Rows that cannot be read, whoever wrote them, count as absent. */
export class IdbTokenStore implements TokenStore {
  readonly #database: Database
  readonly #key: SealingKey

  constructor(database: Database) {
    this.#database = database
    this.#key = new SealingKey(database)
  }

  async read(client: string): Promise<StoredSession | undefined> {
    const [row, journal] = await this.#database.run((database) => {
      const transaction = database.transaction(['sessions', 'journal'])
      return Promise.all([
        transaction.objectStore('sessions').get(client) as Promise<unknown>,
        transaction.objectStore('journal').get(client) as Promise<unknown>,
      ])
    })
    if (!isRow(row)) return undefined
    const proofKey = parseProofKey(row['proofKey'])
    const context = sealedFor(client, row.generation, proofKey !== undefined)
    const text = await this.#key.unseal(row['iv'], row['sealed'], context)
    const content = text === undefined ? undefined : readTokens(text)
    if (content === undefined) return undefined
    const open =
      isRow(journal) && journal.generation === row.generation ? journal['startedAt'] : undefined
    return {
      generation: row.generation,
      ...content,
      tokens: { ...content.tokens, ...(proofKey && { proofKey }) },
      ...(typeof open === 'number' ? { refreshStartedAt: epochSeconds(open) } : {}),
    }
  }

  async put(client: string, tokens: TokenSet, appState?: Json): Promise<void> {
    const row = await this.#row(client, tokens, appState)
    await this.#database.run(async (database) => {
      const transaction = database.transaction(['sessions', 'journal'], 'readwrite')
      await Promise.all([
        transaction.objectStore('sessions').put(row),
        transaction.objectStore('journal').delete(client),
        transaction.done,
      ])
    })
  }

  startRefresh(client: string, generation: string, at: EpochSeconds): Promise<boolean> {
    return this.#ifCurrent(client, generation, ({ journal }) =>
      journal.put({ client, generation, startedAt: at }),
    )
  }

  async cancelRefresh(client: string, generation: string): Promise<void> {
    await this.#ifCurrent(client, generation, ({ journal }) => journal.delete(client))
  }

  async replace(client: string, generation: string, tokens: TokenSet): Promise<boolean> {
    const appState = (await this.read(client))?.appState
    const row = await this.#row(client, tokens, appState)
    return this.#ifCurrent(client, generation, async ({ sessions, journal }) => {
      await Promise.all([sessions.put(row), journal.delete(client)])
    })
  }

  async remove(client: string, generation?: string): Promise<StoredSession | undefined> {
    const stored = await this.read(client)
    const current = generation ?? stored?.generation
    if (current === undefined) {
      // Nothing readable: whatever is there goes as well.
      await this.#database.run((database) => database.delete('sessions', client))
      return undefined
    }
    const removed = await this.#ifCurrent(client, current, async ({ sessions, journal }) => {
      await Promise.all([sessions.delete(client), journal.delete(client)])
    })
    if (removed) return stored
    // Another worker rotated in between: without a generation the session goes whatever it is now.
    return generation === undefined ? this.remove(client) : undefined
  }

  async #row(
    client: string,
    tokens: TokenSet,
    appState: Json | undefined,
  ): Promise<{
    client: string
    generation: string
    iv: Uint8Array<ArrayBuffer>
    sealed: ArrayBuffer
    proofKey?: CryptoKeyPair
  }> {
    const { proofKey, ...rest } = tokens
    const text = writeTokens({ tokens: rest, ...(appState === undefined ? {} : { appState }) })
    const generation = crypto.randomUUID()
    const context = sealedFor(client, generation, proofKey !== undefined)
    return {
      client,
      generation,
      ...(await this.#key.seal(text, context)),
      ...(proofKey && { proofKey: proofKey.reveal() }),
    }
  }

  /** One transaction: compare the stored generation, and only then change. */
  #ifCurrent(
    client: string,
    generation: string,
    change: (stores: ReturnType<typeof storesOf>) => Promise<unknown>,
  ): Promise<boolean> {
    return this.#database.run(async (database) => {
      const stores = storesOf(database)
      const row: unknown = await stores.sessions.get(client)
      const current = isRow(row) && row.generation === generation
      if (current) await change(stores)
      await stores.done
      return current
    })
  }
}

/**
 * A row cannot be passed off as that of another client or generation, and bound tokens without their key are none: neither this
 * nor an older guardian, which knows no keys, may take them for bearer tokens.
 */
function sealedFor(client: string, generation: string, isBound: boolean): string {
  return `${client} ${generation}${isBound ? ' dpop' : ''}`
}

function storesOf(database: Parameters<Parameters<Database['run']>[0]>[0]) {
  const transaction = database.transaction(['sessions', 'journal'], 'readwrite', {
    durability: 'strict',
  })
  return {
    sessions: transaction.objectStore('sessions'),
    journal: transaction.objectStore('journal'),
    done: transaction.done,
  }
}

function isRow(value: unknown): value is Record<string, unknown> & { readonly generation: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { generation?: unknown }).generation === 'string'
  )
}
