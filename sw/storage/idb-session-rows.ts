import { epochSeconds, type EpochSeconds } from '../../src/contract/units.ts'
import type { SessionRows, StoredRow, StoredSession } from '../core/token-store.ts'
import { parseProofKey } from '../protocol/proof-key.ts'
import type { Database, GuardianDatabase } from './database.ts'
import { SealingKey } from './sealing-key.ts'
import { readTokens, writeTokens } from './token-rows.ts'

/** Sessions in IndexedDB, sealed. What cannot be read, whoever wrote it, is no session. */
export class IdbSessionRows implements SessionRows {
  readonly #database: Database
  readonly #key: SealingKey

  constructor(database: Database) {
    this.#database = database
    this.#key = new SealingKey(database)
  }

  async look(client: string): Promise<StoredRow | undefined> {
    const [row, journal] = await this.#database.run((database) => {
      const transaction = database.transaction(['sessions', 'journal'])
      return Promise.all([
        transaction.objectStore('sessions').get(client) as Promise<unknown>,
        transaction.objectStore('journal').get(client) as Promise<unknown>,
      ])
    })
    if (row === undefined) return undefined
    if (!isRow(row)) return {}
    const { generation } = row
    const proofKey = parseProofKey(row['proofKey'])
    const context = sealedFor(client, generation, proofKey !== undefined)
    const text = await this.#key.unseal(row['iv'], row['sealed'], context)
    const content = text === undefined ? undefined : readTokens(text)
    if (content === undefined) return { generation }
    const open =
      isRow(journal) && journal.generation === generation ? journal['startedAt'] : undefined
    const session = {
      generation,
      ...content,
      tokens: { ...content.tokens, ...(proofKey && { proofKey }) },
      ...(typeof open === 'number' ? { refreshStartedAt: epochSeconds(open) } : {}),
    }
    return { generation, session }
  }

  async write(
    client: string,
    next: StoredSession | undefined,
    makesWay: (row: Pick<StoredRow, 'generation'> | undefined) => boolean,
  ): Promise<boolean> {
    const row = next && (await this.#row(client, next))
    return this.#change(client, makesWay, async ({ sessions, journal }) => {
      const { generation, refreshStartedAt: startedAt } = next ?? {}
      await Promise.all([
        row ? sessions.put(row) : sessions.delete(client),
        generation !== undefined && startedAt !== undefined
          ? journal.put({ client, generation, startedAt })
          : journal.delete(client),
      ])
    })
  }

  writeJournal(
    client: string,
    generation: string,
    startedAt: EpochSeconds | undefined,
  ): Promise<boolean> {
    return this.#change(
      client,
      (row) => row?.generation === generation,
      ({ journal }) =>
        startedAt === undefined
          ? journal.delete(client)
          : journal.put({ client, generation, startedAt }),
    )
  }

  async #row(client: string, { generation, tokens, appState }: StoredSession) {
    const { proofKey, ...rest } = tokens
    const text = writeTokens({ tokens: rest, ...(appState === undefined ? {} : { appState }) })
    const context = sealedFor(client, generation, proofKey !== undefined)
    return {
      client,
      generation,
      ...(await this.#key.seal(text, context)),
      ...(proofKey && { proofKey: proofKey.reveal() }),
    }
  }

  /** One transaction: look at the stored generation, and only then change. */
  #change(
    client: string,
    makesWay: (row: Pick<StoredRow, 'generation'> | undefined) => boolean,
    change: (stores: ReturnType<typeof storesOf>) => Promise<unknown>,
  ): Promise<boolean> {
    return this.#database.run(async (database) => {
      const stores = storesOf(database)
      const row: unknown = await stores.sessions.get(client)
      const damaged = row === undefined ? undefined : {}
      const isWanted = makesWay(isRow(row) ? row : damaged)
      // Both at once: a transaction that cannot be written ends also the requests in it, and only it says why.
      await Promise.all([isWanted && change(stores), stores.done])
      return isWanted
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

function storesOf(database: GuardianDatabase) {
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
