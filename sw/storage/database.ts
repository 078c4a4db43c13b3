import { deleteDB, openDB, type IDBPDatabase } from 'idb'
import { isAuthError } from '../../src/contract/errors.ts'
import { failure } from '../protocol/failure.ts'
import { DATABASE_NAME, DATABASE_VERSION, STORES, type GuardianSchema } from './schema.ts'

export type GuardianDatabase = IDBPDatabase<GuardianSchema>

/** Milliseconds for one operation. Page script can block an upgrade or hold a transaction for ever. */
const DEADLINE_MS = 5000
/** The same after one was not answered, until one is: what does many operations must not wait as often. */
const SHORT_DEADLINE_MS = 500

/** The guardian's database: opened on demand, opened again when the browser closed it, never waited for without end. */
export class Database {
  readonly #name: string
  readonly #deadlineMs: number
  #open: Promise<GuardianDatabase> | undefined
  #isSilent = false

  constructor(name = DATABASE_NAME, deadlineMs = DEADLINE_MS) {
    this.#name = name
    this.#deadlineMs = deadlineMs
  }

  /**
   * Runs one operation. It must be repeatable: it runs a second time when the connection turns out to be closed.
   * @throws AuthError `storage-unavailable`, `storage-newer-version`
   */
  async run<Result>(operation: (database: GuardianDatabase) => Promise<Result>): Promise<Result> {
    let isLate = false
    const attempt = async (): Promise<Result> => {
      const open = this.#connection()
      const database = await open
      if (!isLate) return operation(database)
      // What was given up must not be done after what came later, and this connection is nobody's any more.
      if (open !== this.#open) database.close()
      throw new Error('late')
    }
    const work = attempt().catch((error: unknown) => {
      if (isLate || !isClosed(error)) throw error
      this.#open = undefined
      return attempt()
    })
    const deadlineMs = this.#isSilent
      ? Math.min(SHORT_DEADLINE_MS, this.#deadlineMs)
      : this.#deadlineMs
    try {
      const result = await withDeadline(work, deadlineMs)
      this.#isSilent = false
      return result
    } catch (error) {
      isLate = true
      this.#isSilent = error === NO_ANSWER
      this.#open = undefined
      if (isAuthError(error)) throw error
      throw failure('storage-unavailable', 'storage', {
        message:
          'IndexedDB failed or did not answer in time; check private mode, quota and site data',
      })
    }
  }

  async close(): Promise<void> {
    const database = await this.#open?.catch(() => undefined)
    database?.close()
    this.#open = undefined
  }

  #connection(): Promise<GuardianDatabase> {
    this.#open ??= this.#openUsable()
    return this.#open
  }

  /**
   * Opens a database that has the stores, also when a newer guardian, or a script, gave it a higher version: a newer guardian
   * leaves stores of before as they are, or gives what replaces them another name. One without any store, or of this version
   * without any of these, is not a guardian's: a script made it to stand in the way, and it is made anew.
   */
  async #openUsable(): Promise<GuardianDatabase> {
    const database = await this.#openAs(DATABASE_VERSION).catch((error: unknown) => {
      if (nameOf(error) === 'VersionError') return this.#openAs(undefined)
      throw error
    })
    const { objectStoreNames, version } = database
    const there = STORES.filter((name) => objectStoreNames.contains(name))
    if (there.length === STORES.length) return database
    database.close()
    if (there.length > 0 || (version > DATABASE_VERSION && objectStoreNames.length > 0)) {
      throw failure('storage-newer-version', 'storage', {
        message:
          'The database was made by a newer version of the guardian; nothing in it was changed. Reload, or deploy the newer version again',
      })
    }
    await deleteDB(this.#name)
    return this.#openAs(DATABASE_VERSION)
  }

  #openAs(version: number | undefined): Promise<GuardianDatabase> {
    return openDB<GuardianSchema>(this.#name, version, {
      upgrade(database) {
        database.createObjectStore('sessions', { keyPath: 'client' })
        database.createObjectStore('journal', { keyPath: 'client' })
        database.createObjectStore('keys')
        for (const name of ['transactions', 'errands', 'landings'] as const) {
          database.createObjectStore(name, { keyPath: 'id' })
        }
        database.createObjectStore('marks', { keyPath: 'client' })
      },
      // A newer version of the guardian wants to upgrade: never be the one that blocks it.
      blocking: (_current, _blocked, event) => {
        ;(event.target as IDBDatabase).close()
        this.#open = undefined
      },
      terminated: () => {
        this.#open = undefined
      },
    })
  }
}

function isClosed(error: unknown): boolean {
  return ['InvalidStateError', 'AbortError'].includes(nameOf(error))
}

function nameOf(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : ''
}

const NO_ANSWER = new Error('The deadline passed')

async function withDeadline<Result>(work: Promise<Result>, deadlineMs: number): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(NO_ANSWER), deadlineMs)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}
