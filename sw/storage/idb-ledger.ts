import type { AuthErrorWire } from '../../src/contract/errors.ts'
import { isJson } from '../../src/contract/parse-request.ts'
import type { EpochSeconds } from '../../src/contract/units.ts'
import type {
  Errand,
  Landing,
  Ledger,
  SealedTransaction,
  SessionMark,
} from '../core/token-store.ts'
import type { Database } from './database.ts'
import { EXPIRING } from './schema.ts'

/** Seconds that the landing of an interrupted sign-in waits for its page. */
const INTERRUPTED_SECONDS = 120

/** The ledger in IndexedDB, in every storage mode. Rows are parsed; expired ones count as absent. */
export class IdbLedger implements Ledger {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async putTransaction(
    id: string,
    transaction: SealedTransaction,
    expiresAt: EpochSeconds,
  ): Promise<void> {
    await this.#database.run((database) =>
      database.put('transactions', { id, ...transaction, expiresAt }, undefined),
    )
  }

  async takeTransaction(
    id: string,
    now: EpochSeconds,
    interrupted: Landing,
  ): Promise<SealedTransaction | undefined> {
    return this.#database.run(async (database) => {
      const transaction = database.transaction(['transactions', 'landings'], 'readwrite', {
        durability: 'strict',
      })
      const store = transaction.objectStore('transactions')
      const row = alive(await store.get(id), now)
      const found = row && isSealed(row) ? { iv: row['iv'], sealed: row['sealed'] } : undefined
      await store.delete(id)
      if (found) {
        const expiresAt = now + INTERRUPTED_SECONDS
        await transaction.objectStore('landings').put({ id, ...interrupted, expiresAt })
      }
      await transaction.done
      return found as SealedTransaction | undefined
    })
  }

  async putErrand(id: string, errand: Errand, expiresAt: EpochSeconds): Promise<void> {
    await this.#database.run((database) => database.put('errands', { id, ...errand, expiresAt }))
  }

  async readErrand(id: string, now: EpochSeconds): Promise<Errand | undefined> {
    const row = alive(await this.#database.run((database) => database.get('errands', id)), now)
    if (row === undefined) return undefined
    const { kind, client, returnTo, parameters } = row
    if ((kind !== 'login' && kind !== 'logout') || typeof client !== 'string') return undefined
    if (typeof returnTo !== 'string') return undefined
    return {
      kind,
      client,
      returnTo,
      ...(parameters !== undefined && isJson(parameters) ? { parameters } : {}),
    }
  }

  async putLanding(id: string, landing: Landing, expiresAt: EpochSeconds): Promise<void> {
    await this.#database.run((database) => database.put('landings', { id, ...landing, expiresAt }))
  }

  async takeLanding(now: EpochSeconds): Promise<Landing | undefined> {
    return this.#database.run(async (database) => {
      const transaction = database.transaction('landings', 'readwrite')
      const rows: unknown[] = await transaction.store.getAll()
      const [newest] = rows
        .flatMap((row) => alive(row, now) ?? [])
        .toSorted((one, other) => other.expiresAt - one.expiresAt)
      if (newest) await transaction.store.delete(newest.id)
      await transaction.done
      const error = newest?.['error']
      if (newest === undefined) return undefined
      return isErrorWire(error) ? { error } : {}
    })
  }

  async writeMark(client: string, mark: SessionMark | undefined): Promise<void> {
    await this.#database.run(async (database) => {
      await (mark ? database.put('marks', { client, mark }) : database.delete('marks', client))
    })
  }

  async readMark(client: string): Promise<SessionMark | undefined> {
    const row: unknown = await this.#database.run((database) => database.get('marks', client))
    const mark = isRecord(row) ? row['mark'] : undefined
    if (!isRecord(mark)) return undefined
    const { status, code } = mark
    if (status === 'signed-in') return { status }
    if (status !== 'interaction-required' || typeof code !== 'string') return undefined
    return { status, code: code as Extract<SessionMark, { code: unknown }>['code'] }
  }

  async removeExpired(now: EpochSeconds): Promise<void> {
    await this.#database.run(async (database) => {
      const transaction = database.transaction(EXPIRING, 'readwrite')
      for (const name of EXPIRING) {
        const store = transaction.objectStore(name)
        for (const key of await store.getAllKeys()) {
          if (!alive(await store.get(key), now)) await store.delete(key)
        }
      }
      await transaction.done
    })
  }
}

type Row = Record<string, unknown> & { readonly id: string; readonly expiresAt: number }

function alive(row: unknown, now: EpochSeconds): Row | undefined {
  if (!isRecord(row) || typeof row['id'] !== 'string') return undefined
  return typeof row['expiresAt'] === 'number' && row['expiresAt'] > now ? (row as Row) : undefined
}

function isSealed(row: Row): boolean {
  return row['iv'] instanceof Uint8Array && row['sealed'] instanceof ArrayBuffer
}

function isErrorWire(value: unknown): value is AuthErrorWire {
  return (
    isRecord(value) && typeof value['code'] === 'string' && typeof value['message'] === 'string'
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
