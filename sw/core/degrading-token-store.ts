import { isAuthError } from '../../src/contract/errors.ts'
import type { Json } from '../../src/contract/session.ts'
import type { EpochSeconds } from '../../src/contract/units.ts'
import type { TokenSet } from '../protocol/tokens.ts'
import { makesWay, noRow, signInOf, type Replaceable } from './replaceable.ts'
import type { SessionRows, StoredSession, TokenStore } from './token-store.ts'
import { Turns } from './turns.ts'

/** Milliseconds in which reads do not try again a storage that failed. Writes always try. */
const PAUSE_MS = 10_000

/** What memory has and the storage has not. */
interface Held {
  /** `undefined`: the session was ended, and its row must go. */
  readonly session: StoredSession | undefined
  /** The rows whose place it takes. */
  readonly replaces: Replaceable
}

/**
 * Sessions on disk, and in memory where the disk fails: full, blocked, broken.
 *
 * 1. What cannot be written is held: memory has the truth, and pages are told.
 * 2. Every write, and reads after a pause, try again to write it. A row that is neither the one of before nor one of this worker's
 *    own attempts, which may succeed late, is another worker's and newer: what was held gives way.
 * 3. An ended session is held as well, or its row would bring it back.
 * 4. What cannot be read is as it was last seen. It is good enough for requests, but not for a refresh: another worker may have
 *    replaced its refresh token since.
 * 5. A row that was damaged is written anew by a worker that knows its content. A row that is gone is gone, for who deletes the
 *    data of a site means it.
 *
 * What is held dies with the worker.
 */
export class DegradingTokenStore implements TokenStore {
  readonly #rows: SessionRows
  readonly #tell: (client: string) => void
  readonly #now: () => number
  readonly #held = new Map<string, Held>()
  /** What the storage had when it was last seen. */
  readonly #seen = new Map<string, StoredSession | undefined>()
  /** Those of them that could not be seen again. */
  readonly #doubted = new Set<string>()
  readonly #turns = new Turns()
  #degraded: 'not' | 'unreadable' | 'in memory' = 'not'
  #retryAt = 0
  /** Counts what changed `#seen` and `#held`, for reads that were under way meanwhile. */
  #changes = 0

  /**
   * @param tell called when the storage begins to fail, and when memory begins to have what it has not
   * @param now milliseconds of a clock that nobody sets
   */
  constructor(rows: SessionRows, tell: (client: string) => void, now: () => number) {
    this.#rows = rows
    this.#tell = tell
    this.#now = now
  }

  get isInMemory(): boolean {
    return this.#held.size > 0
  }

  async read(client: string): Promise<StoredSession | undefined> {
    if (this.#held.has(client)) {
      if (this.#isDue()) await this.#turns.take(client, () => this.#retry(client))
    } else if (!this.#doubted.has(client) || this.#isDue()) {
      await this.#look(client)
      // It was damaged, and is written anew at once.
      if (this.#held.has(client)) await this.#turns.take(client, () => this.#retry(client))
    }
    return this.#current(client)
  }

  put(client: string, tokens: TokenSet, appState?: Json): Promise<void> {
    return this.#turns.take(client, async () => {
      const next = sessionOf(crypto.randomUUID(), tokens, appState)
      await this.#write(client, next, this.#before(client)?.add(noRow), undefined)
    })
  }

  startRefresh(client: string, generation: string, at: EpochSeconds): Promise<boolean> {
    return this.#journal(client, generation, at)
  }

  async cancelRefresh(client: string, generation: string): Promise<void> {
    // An entry that stays costs the exact reason, should the session end.
    await this.#journal(client, generation, undefined).catch(unlessOfStorage)
  }

  replace(client: string, generation: string, tokens: TokenSet): Promise<boolean> {
    return this.#turns.take(client, async () => {
      if (this.#current(client)?.generation !== generation) await this.#look(client)
      const current = this.#current(client)
      if (current?.generation !== generation) return false
      const next = sessionOf(followerOf(generation), tokens, current.appState)
      return this.#write(client, next, this.#held.get(client)?.replaces ?? new Set([generation]))
    })
  }

  remove(client: string, generation?: string): Promise<StoredSession | undefined> {
    return this.#turns.take(client, () => this.#remove(client, generation))
  }

  async #remove(client: string, generation?: string): Promise<StoredSession | undefined> {
    if (!this.#held.has(client)) await this.#look(client).catch(unlessOfStorage)
    const current = this.#current(client)
    const held = this.#held.get(client)
    if (generation !== undefined) {
      if (current?.generation !== generation) return undefined
      const replaces = held?.replaces ?? new Set([generation])
      return (await this.#write(client, undefined, replaces)) ? current : undefined
    }
    // The user means the session, whoever refreshed it since. What is removed at once is exactly what is returned.
    const replaces = this.#before(client)
    const exactly = held ? replaces : current && new Set([current.generation])
    if (await this.#write(client, undefined, replaces, exactly)) return current
    return this.#remove(client)
  }

  #journal(client: string, generation: string, at: EpochSeconds | undefined): Promise<boolean> {
    return this.#turns.take(client, async () => {
      const held = this.#held.get(client)
      if (held) {
        if (held.session?.generation !== generation) return false
        this.#held.set(client, { ...held, session: withJournal(held.session, at) })
        return true
      }
      const seen = this.#seen.get(client)
      const next = seen?.generation === generation ? withJournal(seen, at) : undefined
      try {
        const isCurrent = await this.#rows.writeJournal(client, generation, at)
        if (isCurrent && next) this.#see(client, next)
        this.#works()
        return isCurrent
      } catch (error) {
        if (!isUnavailable(error) || !next || this.#doubted.has(client)) throw error
        this.#hold(client, next, new Set([generation]))
        return true
      }
    })
  }

  /** As far as it is known without asking the storage. */
  #current(client: string): StoredSession | undefined {
    const held = this.#held.get(client)
    return held ? held.session : this.#seen.get(client)
  }

  /** Everything of the sign-in that there is now; `undefined` where nobody knows what there is. */
  #before(client: string): Set<string> | undefined {
    const held = this.#held.get(client)
    const current = this.#current(client)
    const isKnown = held ? held.replaces : this.#seen.has(client)
    if (!isKnown || (!current && this.#doubted.has(client))) return undefined
    return new Set([...(held?.replaces ?? []), current ? signInOf(current.generation) : noRow])
  }

  async #look(client: string): Promise<void> {
    const changes = this.#changes
    try {
      const row = await this.#rows.look(client)
      if (changes !== this.#changes) return
      const seen = this.#seen.get(client)
      if (!row || row.session) this.#see(client, row?.session)
      else if (seen) {
        // Unless the row is of another generation: then it is somebody else's, who can read it.
        this.#held.set(client, { session: seen, replaces: new Set([seen.generation]) })
      } else this.#forget(client)
      this.#works()
    } catch (error) {
      if (this.#held.has(client)) return
      if (!isUnavailable(error) || !this.#seen.has(client)) throw error
      this.#doubted.add(client)
      this.#fail(client, 'unreadable')
    }
  }

  async #retry(client: string): Promise<void> {
    const held = this.#held.get(client)
    if (!held || (await this.#write(client, held.session, held.replaces))) return
    await this.#look(client)
  }

  /**
   * Makes this the session, on disk or else in memory.
   * @param replaces what it may take the place of later, if it cannot be written now
   * @param replacesNow the same for now
   * @returns false when what is there is something else
   */
  async #write(
    client: string,
    next: StoredSession | undefined,
    replaces: Replaceable,
    replacesNow: Replaceable = replaces,
  ): Promise<boolean> {
    try {
      const written = await this.#rows.write(client, next, (row) => makesWay(row, replacesNow))
      this.#held.delete(client)
      if (written) this.#see(client, next)
      else this.#forget(client)
      this.#works()
      return written
    } catch (error) {
      unlessOfStorage(error)
      this.#hold(client, next, replaces)
      return true
    }
  }

  #hold(client: string, session: StoredSession | undefined, replaces: Replaceable): void {
    // An attempt that was given up may be carried out after all.
    const own = session ? session.generation : noRow
    this.#held.set(client, { session, replaces: replaces && new Set([...replaces, own]) })
    this.#changes += 1
    this.#fail(client, 'in memory')
  }

  #see(client: string, session: StoredSession | undefined): void {
    this.#seen.set(client, session)
    this.#doubted.delete(client)
    this.#changes += 1
  }

  #forget(client: string): void {
    this.#seen.delete(client)
    this.#doubted.delete(client)
    this.#changes += 1
  }

  #isDue(): boolean {
    const now = this.#now()
    if (now < this.#retryAt) return false
    // One caller tries; the others have memory.
    this.#retryAt = now + PAUSE_MS
    return true
  }

  #fail(client: string, how: 'unreadable' | 'in memory'): void {
    this.#retryAt = this.#now() + PAUSE_MS
    if (this.#degraded === how || this.#degraded === 'in memory') return
    this.#degraded = how
    this.#tell(client)
  }

  #works(): void {
    if (this.#held.size === 0) this.#degraded = 'not'
  }
}

function sessionOf(generation: string, tokens: TokenSet, appState: Json | undefined) {
  return { generation, tokens, ...(appState === undefined ? {} : { appState }) }
}

/** Generations of one sign-in have its id in common. */
function followerOf(generation: string): string {
  return `${generation.split('.')[0]}.${crypto.randomUUID()}`
}

function withJournal(session: StoredSession, at: EpochSeconds | undefined): StoredSession {
  const { refreshStartedAt: _, ...rest } = session
  return at === undefined ? rest : { ...rest, refreshStartedAt: at }
}

function isUnavailable(error: unknown): boolean {
  return isAuthError(error) && error.code === 'storage-unavailable'
}

/** A database of a newer guardian cannot be written either, but what was just got must not be lost. */
function unlessOfStorage(error: unknown): void {
  if (!isAuthError(error) || error.phase !== 'storage') throw error
}
