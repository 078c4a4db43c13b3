import type { EpochSeconds } from '../../src/contract/units.ts'
import type {
  Errand,
  Landing,
  Ledger,
  SealedTransaction,
  SessionMark,
} from '../../sw/core/token-store.ts'

interface Expiring<Value> {
  readonly value: Value
  readonly expiresAt: number
}

/** The ledger without a database: what is in it can be looked at and tampered with. */
export class MemoryLedger implements Ledger {
  readonly transactions = new Map<string, Expiring<SealedTransaction>>()
  readonly errands = new Map<string, Expiring<Errand>>()
  readonly landings = new Map<string, Expiring<Landing>>()
  readonly marks = new Map<string, SessionMark>()

  async putTransaction(
    id: string,
    value: SealedTransaction,
    expiresAt: EpochSeconds,
  ): Promise<void> {
    this.transactions.set(id, { value, expiresAt })
  }

  async takeTransaction(
    id: string,
    now: EpochSeconds,
    interrupted: Landing,
  ): Promise<SealedTransaction | undefined> {
    const found = alive(this.transactions.get(id), now)
    this.transactions.delete(id)
    if (found) this.landings.set(id, { value: interrupted, expiresAt: now + 120 })
    return found
  }

  async putErrand(id: string, value: Errand, expiresAt: EpochSeconds): Promise<void> {
    this.errands.set(id, { value: structuredClone(value), expiresAt })
  }

  async readErrand(id: string, now: EpochSeconds): Promise<Errand | undefined> {
    return structuredClone(alive(this.errands.get(id), now))
  }

  async takeErrand(
    id: string,
    isMeant: (errand: Errand) => boolean,
    now: EpochSeconds,
    interrupted: Landing,
  ): Promise<Errand | undefined> {
    const found = alive(this.errands.get(id), now)
    if (found === undefined || !isMeant(found)) return undefined
    this.errands.delete(id)
    this.landings.set(id, { value: interrupted, expiresAt: now + 120 })
    return found
  }

  async putLanding(id: string, value: Landing, expiresAt: EpochSeconds): Promise<void> {
    this.landings.set(id, { value: structuredClone(value), expiresAt })
  }

  async takeLanding(now: EpochSeconds, wanted?: string): Promise<Landing | undefined> {
    return this.#takeNewest(
      now,
      ({ handOver, client }) =>
        handOver === undefined &&
        (wanted === undefined || client === undefined || client === wanted),
    )
  }

  async takeHandOver(now: EpochSeconds): Promise<string | undefined> {
    return this.#takeNewest(now, ({ handOver }) => handOver !== undefined)?.handOver
  }

  #takeNewest(now: number, wanted: (landing: Landing) => boolean): Landing | undefined {
    const newest = [...this.landings]
      .filter(([, { value, expiresAt }]) => expiresAt > now && wanted(value))
      .toSorted(([, one], [, other]) => other.expiresAt - one.expiresAt)[0]
    if (newest === undefined) return undefined
    this.landings.delete(newest[0])
    return newest[1].value
  }

  async writeMark(client: string, mark: SessionMark | undefined): Promise<void> {
    if (mark) this.marks.set(client, mark)
    else this.marks.delete(client)
  }

  async readMark(client: string): Promise<SessionMark | undefined> {
    return this.marks.get(client)
  }

  async removeExpired(now: EpochSeconds): Promise<void> {
    for (const rows of [this.transactions, this.errands, this.landings]) {
      for (const [id, { expiresAt }] of rows) if (expiresAt <= now) rows.delete(id)
    }
  }
}

function alive<Value>(row: Expiring<Value> | undefined, now: EpochSeconds): Value | undefined {
  return row && row.expiresAt > now ? row.value : undefined
}
