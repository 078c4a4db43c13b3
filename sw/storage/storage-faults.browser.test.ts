import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { done, holdUpgrade } from '../../e2e/unit/indexed-db.ts'
import { tokenSet } from '../../e2e/unit/token-sets.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { DegradingTokenStore } from '../core/degrading-token-store.ts'
import type { StoredSession, TokenStore } from '../core/token-store.ts'
import { Database } from './database.ts'
import { IdbLedger } from './idb-ledger.ts'
import { IdbSessionRows } from './idb-session-rows.ts'

/** Milliseconds that a worker of these tests gives the database. */
const DEADLINE_MS = 150
/** Milliseconds in which an operation of several steps must have ended. */
const MOST_MS = 3000
const AT = epochSeconds(5)

let name: string
let databases: Database[]
let now: number
let told: number
let ends: (() => Promise<unknown>)[]

interface Worker {
  readonly store: TokenStore
  readonly ledger: IdbLedger
}

/** One life of a worker. */
function live(): Worker {
  const database = new Database(name, DEADLINE_MS)
  databases.push(database)
  const tell = (): void => void (told += 1)
  const store = new DegradingTokenStore(new IdbSessionRows(database), tell, () => now)
  return { store, ledger: new IdbLedger(database) }
}

beforeEach(() => {
  name = `faults-${crypto.randomUUID()}`
  databases = []
  now = 0
  told = 0
  ends = []
})

afterEach(async () => {
  for (const end of ends) await end()
  for (const database of databases) await database.close()
  await done(indexedDB.deleteDatabase(name))
})

async function page(version?: number): Promise<IDBDatabase> {
  return done(indexedDB.open(name, version))
}

/** As a newer guardian that does not come to an end. */
async function blockByUpgrade(): Promise<() => Promise<void>> {
  const end = await holdUpgrade(name, 2)
  return async () => (await end()).close()
}

/** Keeps a transaction on everything alive, as a script of the page can. */
async function holdTransaction(only?: string): Promise<() => Promise<void>> {
  const connection = await page()
  const stores = only === undefined ? [...connection.objectStoreNames] : [only, 'marks', 'errands']
  const transaction = connection.transaction([...stores, 'transactions'], 'readwrite')
  const ended = new Promise<void>((resolve) => {
    transaction.oncomplete = () => resolve()
  })
  let held = true
  const again = (): void => {
    if (held) transaction.objectStore('marks').get('x').onsuccess = again
  }
  again()
  return async () => {
    held = false
    await ended
    connection.close()
  }
}

/** No real quota can be had here: what cannot be written fails as it does then, in the call or at the commit. */
async function fillUp(when: 'call' | 'commit'): Promise<() => Promise<void>> {
  const prototype = IDBObjectStore.prototype
  const put = Object.getOwnPropertyDescriptor(prototype, 'put') as PropertyDescriptor
  prototype.put = function (this: IDBObjectStore, ...row: Parameters<typeof prototype.put>) {
    if (when === 'call') throw new DOMException('full', 'QuotaExceededError')
    const request = (put.value as typeof prototype.put).apply(this, row)
    request.addEventListener('success', () => this.transaction.abort())
    return request
  }
  return async () => void Object.defineProperty(prototype, 'put', put)
}

/** What is broken while it lasts; `reads`: whether the storage can be read meanwhile. */
const faults = [
  { fault: 'full (in the call)', reads: true, begin: () => fillUp('call') },
  { fault: 'full (at the commit)', reads: true, begin: () => fillUp('commit') },
  { fault: 'blocked by a transaction', reads: false, begin: () => holdTransaction() },
  // What was given up was begun, and is carried out late.
  { fault: 'late', reads: false, begin: () => holdTransaction('sessions') },
  { fault: 'blocked by an upgrade', reads: false, begin: blockByUpgrade },
]

async function withFault(begin: () => Promise<() => Promise<void>>): Promise<() => Promise<void>> {
  const end = await begin()
  let ended: Promise<void> | undefined
  const once = (): Promise<void> => (ended ??= end())
  ends.push(once)
  return once
}

/** Nothing hangs. */
async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  const start = performance.now()
  const result = await work
  expect(performance.now() - start).toBeLessThan(MOST_MS)
  return result
}

const refreshToken = (session: StoredSession | undefined): string | undefined =>
  session?.tokens.refreshToken?.reveal()

async function stored({ store }: Worker): Promise<StoredSession> {
  const session = await inTime(store.read('main'))
  if (session === undefined) throw new Error('The session is lost')
  return session
}

describe.each(faults)('a storage that is $fault', ({ reads, begin }) => {
  let worker: Worker

  beforeEach(async () => {
    worker = live()
    await worker.store.put('main', tokenSet(1), 'state')
    await stored(worker)
  })

  /** The storage works again: the next read after the pause writes what was held, and another life of the worker finds it. */
  async function afterRecovery(): Promise<StoredSession | undefined> {
    now += 60_000
    await inTime(worker.store.read('main'))
    expect(worker.store.isInMemory).toBe(false)
    return live().store.read('main')
  }

  test('read: the session goes on as it was last seen', async () => {
    const end = await withFault(begin)
    expect(refreshToken(await stored(worker))).toBe('rt-S3CRET-1')
    expect(told).toBe(reads ? 0 : 1)
    await end()
    expect(refreshToken(await afterRecovery())).toBe('rt-S3CRET-1')
  })

  test('read by a worker that knows nothing: a typed error, or the session', async () => {
    const end = await withFault(begin)
    const next = inTime(live().store.read('main'))
    await (reads
      ? expect(next.then(refreshToken)).resolves.toBe('rt-S3CRET-1')
      : expect(next).rejects.toMatchObject({ code: 'storage-unavailable' }))
    await end()
    expect(refreshToken(await live().store.read('main'))).toBe('rt-S3CRET-1')
  })

  test('put: the new sign-in is held, told, and written later', async () => {
    const end = await withFault(begin)
    await inTime(worker.store.put('main', tokenSet(2)))
    expect(told).toBe(1)
    expect(worker.store.isInMemory).toBe(true)
    expect(refreshToken(await stored(worker))).toBe('rt-S3CRET-2')
    await end()
    expect(refreshToken(await afterRecovery())).toBe('rt-S3CRET-2')
  })

  test('startRefresh: goes on without the journal while the session is surely the newest', async () => {
    const { generation } = await stored(worker)
    const end = await withFault(begin)
    expect(await inTime(worker.store.startRefresh('main', generation, AT))).toBe(true)
    expect(await stored(worker)).toMatchObject({ generation, refreshStartedAt: 5 })
    await end()
    expect(await afterRecovery()).toMatchObject({ generation, refreshStartedAt: 5 })
  })

  test('replace: the rotated refresh token is used, held over further rotations, and written later', async () => {
    const { generation } = await stored(worker)
    await worker.store.startRefresh('main', generation, AT)
    const end = await withFault(begin)
    expect(await inTime(worker.store.replace('main', generation, tokenSet(2)))).toBe(true)
    const second = await stored(worker)
    expect(refreshToken(second)).toBe('rt-S3CRET-2')
    expect(second.appState).toBe('state')
    // The replaced one is never current again.
    expect(await worker.store.startRefresh('main', generation, AT)).toBe(false)
    expect(await worker.store.startRefresh('main', second.generation, AT)).toBe(true)
    expect(await inTime(worker.store.replace('main', second.generation, tokenSet(3)))).toBe(true)
    expect(refreshToken(await stored(worker))).toBe('rt-S3CRET-3')
    expect(told).toBe(1)
    await end()
    const after = await afterRecovery()
    expect(refreshToken(after)).toBe('rt-S3CRET-3')
    expect(after).not.toHaveProperty('refreshStartedAt')
  })

  test('remove: the session has ended, and its row goes when the storage works again', async () => {
    const end = await withFault(begin)
    expect(refreshToken(await inTime(worker.store.remove('main')))).toBe('rt-S3CRET-1')
    expect(await inTime(worker.store.read('main'))).toBeUndefined()
    await end()
    expect(await afterRecovery()).toBeUndefined()
  })

  test('remove after a rotation that was held: neither comes back', async () => {
    const { generation } = await stored(worker)
    const end = await withFault(begin)
    await worker.store.replace('main', generation, tokenSet(2))
    expect(refreshToken(await inTime(worker.store.remove('main')))).toBe('rt-S3CRET-2')
    await end()
    expect(await afterRecovery()).toBeUndefined()
  })

  test('what was held gives way to a newer sign-in of another worker', async () => {
    const { generation } = await stored(worker)
    const end = await withFault(begin)
    await worker.store.replace('main', generation, tokenSet(2))
    await end()
    await live().store.put('main', tokenSet(7))
    expect(refreshToken(await afterRecovery())).toBe('rt-S3CRET-7')
    expect(refreshToken(await stored(worker))).toBe('rt-S3CRET-7')
  })

  test('a sign-out that was held spares a newer sign-in of another worker', async () => {
    const end = await withFault(begin)
    await worker.store.remove('main')
    await end()
    // What the first worker asked of the storage may have been carried out late.
    await live().store.put('main', tokenSet(7))
    expect(refreshToken(await afterRecovery())).toBe('rt-S3CRET-7')
  })

  test('a rotation that was held does not undo a sign-out by another worker', async () => {
    const { generation } = await stored(worker)
    const end = await withFault(begin)
    await worker.store.replace('main', generation, tokenSet(2))
    await end()
    await live().store.remove('main')
    expect(await afterRecovery()).toBeUndefined()
  })

  test('mark: what was written holds for this worker, and is written later', async () => {
    await worker.ledger.writeMark('main', { status: 'signed-in' })
    const end = await withFault(begin)
    await inTime(worker.ledger.writeMark('main', undefined))
    expect(await inTime(worker.ledger.readMark('main'))).toBeUndefined()
    await end()
    await worker.ledger.readMark('main')
    expect(await live().ledger.readMark('main')).toBeUndefined()
  })

  test('transaction: a sign-in is refused before it leaves', async () => {
    await withFault(begin)
    const transaction = { iv: new Uint8Array([1]), sealed: new Uint8Array([2]).buffer }
    const kept = inTime(worker.ledger.putTransaction('a', transaction, epochSeconds(100)))
    await expect(kept).rejects.toMatchObject({ code: 'storage-unavailable' })
  })
})

describe('a storage that cannot be read', () => {
  test('is no ground for a refresh: another worker may have rotated since', async () => {
    const worker = live()
    await worker.store.put('main', tokenSet(1))
    const { generation } = await stored(worker)
    const end = await withFault(() => holdTransaction())
    await stored(worker)
    await expect(worker.store.startRefresh('main', generation, AT)).rejects.toMatchObject({
      code: 'storage-unavailable',
    })
    await end()
  })

  test('is not waited for by every request', async () => {
    const worker = live()
    await worker.store.put('main', tokenSet(1))
    await stored(worker)
    await withFault(() => holdTransaction())
    await stored(worker)
    const start = performance.now()
    for (let count = 0; count < 100; count += 1) await stored(worker)
    expect(performance.now() - start).toBeLessThan(DEADLINE_MS)
  })
})

describe('a row that was damaged', () => {
  const damages: [string, (row: Record<string, unknown>) => object][] = [
    ['has nothing but its key', ({ client }) => ({ client, rubbish: 1 })],
    ['has other bytes', (row) => ({ ...row, sealed: new Uint8Array(64).buffer })],
  ]

  async function change(
    store: string,
    work: (rows: IDBObjectStore) => Promise<unknown>,
  ): Promise<void> {
    const connection = await page()
    await work(connection.transaction(store, 'readwrite').objectStore(store))
    connection.close()
  }

  test.each(damages)(
    'and %s is written anew by the worker that knows it',
    async (_what, damage) => {
      const worker = live()
      await worker.store.put('main', tokenSet(1))
      await change('sessions', async (rows) => done(rows.put(damage(await done(rows.get('main'))))))
      expect(refreshToken(await stored(worker))).toBe('rt-S3CRET-1')
      expect(refreshToken(await live().store.read('main'))).toBe('rt-S3CRET-1')
    },
  )

  test.each(damages)('and %s does not cost a rotation that is under way', async (_what, damage) => {
    const worker = live()
    await worker.store.put('main', tokenSet(1))
    const { generation } = await stored(worker)
    await change('sessions', async (rows) => done(rows.put(damage(await done(rows.get('main'))))))
    expect(await worker.store.replace('main', generation, tokenSet(2))).toBe(true)
    expect(refreshToken(await live().store.read('main'))).toBe('rt-S3CRET-2')
  })

  test('and is of another generation is left alone: it may be a newer guardian’s', async () => {
    const worker = live()
    await worker.store.put('main', tokenSet(1))
    const foreign = { client: 'main', generation: 'newer', sealed: 1 }
    await change('sessions', (rows) => done(rows.put(foreign)))
    expect(await worker.store.read('main')).toBeUndefined()
    const connection = await page()
    const rows = connection.transaction('sessions').objectStore('sessions')
    expect(await done(rows.get('main'))).toEqual(foreign)
    connection.close()
  })

  test('by the loss of its key is read by the worker that has it, and by all after the next rotation', async () => {
    const worker = live()
    await worker.store.put('main', tokenSet(1))
    const { generation } = await stored(worker)
    await change('keys', (rows) => done(rows.clear()))
    expect(refreshToken(await stored(worker))).toBe('rt-S3CRET-1')
    expect(await worker.store.replace('main', generation, tokenSet(2))).toBe(true)
    expect(refreshToken(await live().store.read('main'))).toBe('rt-S3CRET-2')
  })
})

test('data that the user deleted stay deleted', async () => {
  const worker = live()
  await worker.store.put('main', tokenSet(1))
  const { generation } = await stored(worker)
  await done(indexedDB.deleteDatabase(name))
  expect(await worker.store.replace('main', generation, tokenSet(2))).toBe(false)
  expect(await worker.store.read('main')).toBeUndefined()
})

describe('a schema that is newer than this code', () => {
  function make(version: number, upgrade: (database: IDBDatabase) => void): Promise<IDBDatabase> {
    const request = indexedDB.open(name, version)
    request.onupgradeneeded = () => upgrade(request.result)
    return done(request)
  }

  test('with the stores of before: an old worker goes on beside the new one', async () => {
    const worker = live()
    await worker.store.put('main', tokenSet(1))
    const newer = await make(2, (database) => database.createObjectStore('newer'))
    const { generation } = await stored(worker)
    expect(await worker.store.replace('main', generation, tokenSet(2))).toBe(true)
    const rows = newer.transaction('sessions').objectStore('sessions')
    expect(await done(rows.count())).toBe(1)
    newer.close()
    expect(refreshToken(await live().store.read('main'))).toBe('rt-S3CRET-2')
  })

  test.each([
    ['without one of the stores', ['journal']],
    ['without any of the stores', null],
  ])('%s: a typed error, and nothing is deleted', async (_what, dropped) => {
    const worker = live()
    await worker.store.put('main', tokenSet(1))
    const newer = await make(2, (database) => {
      const all = [...database.objectStoreNames]
      for (const store of dropped ?? all) database.deleteObjectStore(store)
      database.createObjectStore('newer')
    })
    const before = [...newer.objectStoreNames]
    newer.close()
    const code = 'storage-newer-version'
    await expect(inTime(live().store.read('main'))).rejects.toMatchObject({ code })
    await expect(inTime(worker.store.read('main'))).rejects.toMatchObject({ code })
    const after = await page()
    expect([...after.objectStoreNames]).toEqual(before)
    after.close()
  })
})

test('an operation that was given up while the database could not be opened is not carried out later', async () => {
  const worker = live()
  await worker.store.put('main', tokenSet(1))
  const end = await withFault(blockByUpgrade)
  const late = new Database(name, DEADLINE_MS)
  databases.push(late)
  let runs = 0
  const given = late.run(async () => void (runs += 1))
  await expect(given).rejects.toMatchObject({ code: 'storage-unavailable' })
  await end()
  // Its connection would have been opened before this one.
  await late.run((database) => database.get('marks', 'x'))
  expect(runs).toBe(0)
})
