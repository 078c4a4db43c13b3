import type { AuthErrorWire } from '../../src/contract/errors.ts'
import { isJson } from '../../src/contract/parse-request.ts'
import { parseProofKey } from '../protocol/proof-key.ts'
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
  /** Marks that could not be written yet. */
  readonly #unwritten = new Map<string, SessionMark | undefined>()

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
    return this.#take('transactions', id, now, interrupted, sealedOf)
  }

  #take<Found>(
    name: 'transactions' | 'errands',
    id: string,
    now: EpochSeconds,
    interrupted: Landing,
    read: (row: Row | undefined) => Found | undefined,
  ): Promise<Found | undefined> {
    return this.#database.run(async (database) => {
      const transaction = database.transaction([name, 'landings'], 'readwrite', {
        durability: 'strict',
      })
      const store = transaction.objectStore(name)
      const found = read(alive(await store.get(id), now))
      // Transactions are asked for once, whatever is in them; an errand waits for the one that it is meant for.
      if (found || name === 'transactions') await store.delete(id)
      if (found) {
        const expiresAt = now + INTERRUPTED_SECONDS
        await transaction.objectStore('landings').put({ id, ...interrupted, expiresAt })
      }
      await transaction.done
      return found
    })
  }

  async putErrand(id: string, errand: Errand, expiresAt: EpochSeconds): Promise<void> {
    await this.#database.run((database) => database.put('errands', { id, ...errand, expiresAt }))
  }

  async readErrand(id: string, now: EpochSeconds): Promise<Errand | undefined> {
    return errandOf(alive(await this.#database.run((database) => database.get('errands', id)), now))
  }

  async takeErrand(
    id: string,
    isMeant: (errand: Errand) => boolean,
    now: EpochSeconds,
    interrupted: Landing,
  ): Promise<Errand | undefined> {
    return this.#take('errands', id, now, interrupted, (row) => {
      const errand = errandOf(row)
      return errand && isMeant(errand) ? errand : undefined
    })
  }

  async putLanding(id: string, landing: Landing, expiresAt: EpochSeconds): Promise<void> {
    await this.#database.run((database) => database.put('landings', { id, ...landing, expiresAt }))
  }

  async takeLanding(now: EpochSeconds, client?: string): Promise<Landing | undefined> {
    await this.#writeMarks()
    const newest = await this.#takeNewest(
      now,
      (row) => typeof row['handOver'] !== 'string' && isOf(client, row['client']),
    )
    if (newest === undefined) return undefined
    const { error, client: whose } = newest
    return {
      ...(isErrorWire(error) ? { error } : {}),
      ...(typeof whose === 'string' ? { client: whose } : {}),
    }
  }

  async takeHandOver(now: EpochSeconds): Promise<string | undefined> {
    const newest = await this.#takeNewest(now, (row) => typeof row['handOver'] === 'string')
    return newest?.['handOver'] as string | undefined
  }

  #takeNewest(now: EpochSeconds, wanted: (row: Row) => boolean): Promise<Row | undefined> {
    return this.#database.run(async (database) => {
      const transaction = database.transaction('landings', 'readwrite')
      const rows: unknown[] = await transaction.store.getAll()
      const [newest] = rows
        .flatMap((row) => alive(row, now) ?? [])
        .filter(wanted)
        .toSorted((one, other) => other.expiresAt - one.expiresAt)
      if (newest) await transaction.store.delete(newest.id)
      await transaction.done
      return newest
    })
  }

  /** Never fails: a mark that cannot be written is remembered, and written when the storage works again. */
  async writeMark(client: string, mark: SessionMark | undefined): Promise<void> {
    this.#unwritten.set(client, mark)
    await this.#writeMarks()
  }

  async #writeMarks(): Promise<void> {
    for (const [client, mark] of this.#unwritten) {
      try {
        await this.#database.run(async (database) => {
          await (mark ? database.put('marks', { client, mark }) : database.delete('marks', client))
        })
        if (this.#unwritten.get(client) === mark) this.#unwritten.delete(client)
      } catch {
        return
      }
    }
  }

  async readMark(client: string): Promise<SessionMark | undefined> {
    await this.#writeMarks()
    if (this.#unwritten.has(client)) return this.#unwritten.get(client)
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

/** A landing that does not say whose it is may be anybody's. */
function isOf(wanted: string | undefined, whose: unknown): boolean {
  return wanted === undefined || whose === undefined || whose === wanted
}

function alive(row: unknown, now: EpochSeconds): Row | undefined {
  if (!isRecord(row) || typeof row['id'] !== 'string') return undefined
  return typeof row['expiresAt'] === 'number' && row['expiresAt'] > now ? (row as Row) : undefined
}

function sealedOf(row: Row | undefined): SealedTransaction | undefined {
  const iv = row?.['iv']
  const sealed = row?.['sealed']
  if (!(iv instanceof Uint8Array) || !(sealed instanceof ArrayBuffer)) return undefined
  return { iv: iv as Uint8Array<ArrayBuffer>, sealed }
}

function errandOf(row: Row | undefined): Errand | undefined {
  if (row === undefined) return undefined
  const { kind, client, returnTo, parameters, display, appOrigin, verifier, proof } = row
  if ((kind !== 'login' && kind !== 'logout') || typeof client !== 'string') return undefined
  if (typeof returnTo !== 'string') return undefined
  const proofKey = parseProofKey(row['proofKey'])
  return {
    kind,
    client,
    returnTo,
    ...(parameters !== undefined && isJson(parameters) ? { parameters } : {}),
    ...(display === 'popup' ? { display } : {}),
    ...(typeof appOrigin === 'string' ? { appOrigin } : {}),
    ...(typeof verifier === 'string' ? { verifier } : {}),
    ...(proofKey === undefined ? {} : { proofKey: proofKey.reveal() }),
    ...(typeof proof === 'string' ? { proof } : {}),
  }
}

function isErrorWire(value: unknown): value is AuthErrorWire {
  return (
    isRecord(value) && typeof value['code'] === 'string' && typeof value['message'] === 'string'
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
