import { afterEach, describe, expect, test } from 'vitest'
import { done, holdUpgrade } from '../../e2e/unit/indexed-db.ts'
import { tokenSet } from '../../e2e/unit/token-sets.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { DegradingTokenStore } from '../core/degrading-token-store.ts'
import type { StoredSession, TokenStore } from '../core/token-store.ts'
import { makeProofKey } from '../protocol/proof-key.ts'
import { Database } from './database.ts'
import { IdbSessionRows } from './idb-session-rows.ts'
import { MemoryTokenStore } from './memory-token-store.ts'
import { RefreshJournal } from './refresh-journal.ts'

let made = 0
let names: string[] = []
let open: (Database | IDBDatabase)[] = []

/** A database of its own for each test. */
function freshName(): string {
  made += 1
  names.push(`test-${made}-${crypto.randomUUID()}`)
  return names.at(-1) ?? ''
}

function connect(name: string, deadlineMs?: number): Database {
  const database = new Database(name, deadlineMs)
  open.push(database)
  return database
}

/** As one life of a worker has it. */
function idbTokenStore(database: Database): TokenStore {
  return new DegradingTokenStore(
    new IdbSessionRows(database),
    () => undefined,
    () => performance.now(),
  )
}

/** The same database as page script opens it. */
async function openAsPage(name: string, version?: number): Promise<IDBDatabase> {
  const database = await done(indexedDB.open(name, version))
  open.push(database)
  return database
}

afterEach(async () => {
  for (const database of open) await database.close()
  await Promise.all(names.map((name) => done(indexedDB.deleteDatabase(name))))
  const left = (await indexedDB.databases()).map(({ name }) => name)
  expect(left.filter((name) => names.includes(name ?? ''))).toEqual([])
  open = []
  names = []
})

async function readSession(store: TokenStore): Promise<StoredSession> {
  const session = await store.read('main')
  if (session === undefined) throw new Error('There is no session')
  return session
}

const accessToken = (session: StoredSession | undefined): string | undefined =>
  session?.tokens.accessToken.reveal()

const stores: [string, () => TokenStore][] = [
  ['MemoryTokenStore', () => new MemoryTokenStore(new RefreshJournal(connect(freshName())))],
  ['DegradingTokenStore', () => idbTokenStore(connect(freshName()))],
]

describe.each(stores)('%s', (_name, make) => {
  test('has no session at first', async () => {
    expect(await make().read('main')).toBeUndefined()
  })

  test('gives back what was put, with a generation', async () => {
    const store = make()
    await store.put('main', tokenSet(1), { cart: [1] })
    const session = await readSession(store)
    expect(session).toMatchObject({
      appState: { cart: [1] },
      generation: expect.any(String) as string,
    })
    expect(session).not.toHaveProperty('refreshStartedAt')
    expect(session.tokens.refreshToken?.reveal()).toBe('rt-S3CRET-1')
    expect(session.tokens.idToken?.reveal()).toBe('id-S3CRET-1')
    expect(session.tokens).toMatchObject({
      expiresAt: 1_800_000_001,
      scope: ['openid'],
      user: { sub: 'user-1' },
      identity: { aud: ['app'] },
    })
  })

  test('keeps the sessions of two clients apart', async () => {
    const store = make()
    await store.put('main', tokenSet(1))
    await store.put('other', tokenSet(2))
    await store.remove('main')
    expect(await store.read('main')).toBeUndefined()
    expect(accessToken(await store.read('other'))).toBe('at-S3CRET-2')
  })

  test('gives a new generation with every change', async () => {
    const store = make()
    await store.put('main', tokenSet(1))
    const first = await readSession(store)
    await store.put('main', tokenSet(1))
    const second = await readSession(store)
    await store.replace('main', second.generation, tokenSet(1))
    const third = await readSession(store)
    expect(new Set([first, second, third].map(({ generation }) => generation)).size).toBe(3)
  })

  test('replaces the tokens of the generation that it is told, keeps appState and closes the journal', async () => {
    const store = make()
    await store.put('main', tokenSet(1), 'state')
    const { generation } = await readSession(store)
    await store.startRefresh('main', generation, epochSeconds(5))
    expect(await store.replace('main', generation, tokenSet(2))).toBe(true)
    const session = await readSession(store)
    expect(accessToken(session)).toBe('at-S3CRET-2')
    expect(session.appState).toBe('state')
    expect(session).not.toHaveProperty('refreshStartedAt')
  })

  test('keeps a token for a further API with the session, beside the refresh token that came with it', async () => {
    const store = make()
    await store.put('main', tokenSet(1), 'state')
    const { generation, tokens } = await readSession(store)
    const { accessToken: secret, expiresAt, scope, refreshToken } = tokenSet(2)
    const further = { 'urn:b ': { id: '2', accessToken: secret, expiresAt, scope } }
    const next = { ...tokens, ...(refreshToken && { refreshToken }), further }
    expect(await store.replace('main', generation, next)).toBe(true)
    const session = await readSession(store)
    expect(session).toMatchObject({ appState: 'state', tokens: { user: { sub: 'user-1' } } })
    expect(accessToken(session)).toBe('at-S3CRET-1')
    expect(session.tokens.refreshToken?.reveal()).toBe('rt-S3CRET-2')
    const grant = session.tokens.further?.['urn:b ']
    expect(grant).toMatchObject({ id: '2', expiresAt, scope })
    expect(grant?.accessToken.reveal()).toBe('at-S3CRET-2')
    await store.remove('main')
    expect(await store.read('main')).toBeUndefined()
  })

  test('lets exactly one of 20 replacements of one generation win', async () => {
    const store = make()
    await store.put('main', tokenSet(0))
    const { generation } = await readSession(store)
    const wins = await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        store.replace('main', generation, tokenSet(number)),
      ),
    )
    expect(wins.filter(Boolean)).toHaveLength(1)
    expect(accessToken(await readSession(store))).toBe(`at-S3CRET-${wins.indexOf(true)}`)
  })

  test('refuses to change a session of another generation, or none', async () => {
    const store = make()
    await store.put('main', tokenSet(1))
    const old = await readSession(store)
    await store.put('main', tokenSet(2))
    expect(await store.replace('main', old.generation, tokenSet(3))).toBe(false)
    expect(await store.startRefresh('main', old.generation, epochSeconds(5))).toBe(false)
    expect(await store.remove('main', old.generation)).toBeUndefined()
    await store.cancelRefresh('main', old.generation)
    const session = await readSession(store)
    expect(accessToken(session)).toBe('at-S3CRET-2')
    expect(session).not.toHaveProperty('refreshStartedAt')
    await store.remove('main')
    expect(await store.replace('main', session.generation, tokenSet(3))).toBe(false)
    expect(await store.startRefresh('main', session.generation, epochSeconds(5))).toBe(false)
    expect(await store.read('main')).toBeUndefined()
  })

  test('remembers a refresh that was started until it is cancelled', async () => {
    const store = make()
    await store.put('main', tokenSet(1))
    const { generation } = await readSession(store)
    expect(await store.startRefresh('main', generation, epochSeconds(5))).toBe(true)
    expect(await readSession(store)).toMatchObject({ generation, refreshStartedAt: 5 })
    await store.cancelRefresh('main', generation)
    expect(await readSession(store)).not.toHaveProperty('refreshStartedAt')
  })

  test('forgets the journal with a new session', async () => {
    const store = make()
    await store.put('main', tokenSet(1))
    await store.startRefresh('main', (await readSession(store)).generation, epochSeconds(5))
    await store.put('main', tokenSet(2))
    expect(await readSession(store)).not.toHaveProperty('refreshStartedAt')
  })

  test('returns what it removed, once', async () => {
    const store = make()
    await store.put('main', tokenSet(1))
    const removed = await Promise.all([store.remove('main'), store.remove('main')])
    expect(removed.map(accessToken).filter(Boolean)).toEqual(['at-S3CRET-1'])
    expect(await store.remove('main')).toBeUndefined()
  })

  test('keeps the key that tokens are bound to, beside them', async () => {
    const store = make()
    const proofKey = await makeProofKey()
    await store.put('main', { ...tokenSet(1), proofKey })
    const { generation, tokens } = await readSession(store)
    expect(await tokens.proofKey?.thumbprint()).toBe(await proofKey.thumbprint())
    await store.replace('main', generation, { ...tokenSet(2), proofKey })
    const next = await readSession(store)
    expect(await next.tokens.proofKey?.thumbprint()).toBe(await proofKey.thumbprint())
    expect(next.tokens.proofKey?.reveal().privateKey.extractable).toBe(false)
    await store.put('main', tokenSet(3))
    expect((await readSession(store)).tokens).not.toHaveProperty('proofKey')
  })

  test('removes a session of the generation that it is told', async () => {
    const store = make()
    await store.put('main', tokenSet(1))
    const { generation } = await readSession(store)
    expect(accessToken(await store.remove('main', generation))).toBe('at-S3CRET-1')
    expect(await store.read('main')).toBeUndefined()
  })
})

describe('Sessions in IndexedDB', () => {
  test('keeps the session for another life of the worker, with its journal', async () => {
    const name = freshName()
    const store = idbTokenStore(connect(name))
    await store.put('main', tokenSet(1), 'state')
    await store.startRefresh('main', (await readSession(store)).generation, epochSeconds(5))
    const next = await readSession(idbTokenStore(connect(name)))
    expect(accessToken(next)).toBe('at-S3CRET-1')
    expect(next).toMatchObject({ appState: 'state', refreshStartedAt: 5 })
  })

  test('lets exactly one of two workers replace one generation', async () => {
    const name = freshName()
    const workers = [connect(name), connect(name)].map((database) => idbTokenStore(database))
    const [one, two] = workers as [TokenStore, TokenStore]
    for (let round = 0; round < 10; round += 1) {
      await one.put('main', tokenSet(0))
      const { generation } = await readSession(two)
      const wins = await Promise.all([
        one.replace('main', generation, tokenSet(1)),
        two.replace('main', generation, tokenSet(2)),
      ])
      expect(wins.filter(Boolean)).toHaveLength(1)
      expect(accessToken(await readSession(one))).toBe(`at-S3CRET-${wins.indexOf(true) + 1}`)
    }
  })

  test('shares one key between two workers that make it at the same time', async () => {
    const name = freshName()
    const [one, two] = [connect(name), connect(name)].map((database) =>
      idbTokenStore(database),
    ) as [TokenStore, TokenStore]
    await Promise.all([one.put('a', tokenSet(1)), two.put('b', tokenSet(2))])
    expect(accessToken(await one.read('b'))).toBe('at-S3CRET-2')
    expect(accessToken(await two.read('a'))).toBe('at-S3CRET-1')
  })

  test('writes no token that can be read: neither text nor key bytes', async () => {
    const name = freshName()
    await idbTokenStore(connect(name)).put('main', tokenSet(1), 'app-S3CRET')
    const database = await openAsPage(name)
    for (const store of database.objectStoreNames) {
      for (const row of await done(database.transaction(store).objectStore(store).getAll())) {
        expect(textOf(row)).not.toMatch(/S3CRET|user-1|as\.example/)
      }
    }
    const key = (await done(
      database.transaction('keys').objectStore('keys').get('sealing'),
    )) as CryptoKey
    expect(key.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow()
  })

  test('would show a token to that search if a row held one (the search bites)', () => {
    const bytes = new TextEncoder().encode('xxat-S3CRET-1')
    expect(textOf({ a: { sealed: bytes.buffer } })).toMatch(/S3CRET/)
    expect(textOf({ a: [bytes] })).toMatch(/S3CRET/)
    expect(textOf({ S3CRET: 1 })).toMatch(/S3CRET/)
  })

  test('seals the same tokens to other bytes every time', async () => {
    const name = freshName()
    const store = idbTokenStore(connect(name))
    await store.put('main', tokenSet(1))
    await store.put('other', tokenSet(1))
    const page = await openAsPage(name)
    const rows = (await done(page.transaction('sessions').objectStore('sessions').getAll())) as {
      sealed: ArrayBuffer
      iv: Uint8Array
    }[]
    expect(new Set(rows.map(({ sealed }) => textOf(sealed))).size).toBe(2)
    expect(new Set(rows.map(({ iv }) => iv.join())).size).toBe(2)
  })

  test.each<[string, (row: Record<string, unknown>) => Record<string, unknown>]>([
    ['has other bytes', (row) => ({ ...row, sealed: new Uint8Array(64).buffer })],
    ['has another iv', (row) => ({ ...row, iv: new Uint8Array(12) })],
    ['has no bytes', ({ client, generation }) => ({ client, generation })],
    ['has text for bytes', (row) => ({ ...row, sealed: 'at-S3CRET-1' })],
    ['has a number as generation', (row) => ({ ...row, generation: 1 })],
    ['has nothing but its key', ({ client }) => ({ client })],
    ['has plain tokens', ({ client }) => ({ client, generation: 'x', accessToken: 'evil' })],
  ])('takes a row as absent that %s', async (_what, change) => {
    const name = freshName()
    const store = idbTokenStore(connect(name))
    await store.put('main', tokenSet(1))
    await tamper(name, change)
    const next = idbTokenStore(connect(name))
    expect(await next.read('main')).toBeUndefined()
    expect(await next.remove('main')).toBeUndefined()
    await next.put('main', tokenSet(2))
    expect(accessToken(await next.read('main'))).toBe('at-S3CRET-2')
  })

  test.each<[string, (row: Record<string, unknown>) => Promise<Record<string, unknown>>]>([
    ['has no key any more', async (row) => ({ ...row, proofKey: undefined })],
    ['has a key that can be exported', async (row) => ({ ...row, proofKey: await keyPair(true) })],
    [
      'has half a key',
      async (row) => ({ ...row, proofKey: { ...(row['proofKey'] as object), privateKey: 1 } }),
    ],
  ])(
    'takes bound tokens as absent whose row %s: they are no bearer tokens',
    async (_what, change) => {
      const name = freshName()
      const store = idbTokenStore(connect(name))
      await store.put('main', { ...tokenSet(1), proofKey: await makeProofKey() })
      const page = await openAsPage(name)
      const stored = (await done(
        page.transaction('sessions').objectStore('sessions').get('main'),
      )) as Record<string, unknown>
      const changed = await change(stored)
      await tamper(name, () => changed)
      expect(await idbTokenStore(connect(name)).read('main')).toBeUndefined()
    },
  )

  test('takes bearer tokens as absent to whose row somebody added a key', async () => {
    const name = freshName()
    const store = idbTokenStore(connect(name))
    await store.put('main', tokenSet(1))
    const proofKey = await keyPair(false)
    await tamper(name, (row) => ({ ...row, proofKey }))
    expect(await idbTokenStore(connect(name)).read('main')).toBeUndefined()
  })

  test('takes a row as absent whose sealed text is not a session', async () => {
    const name = freshName()
    const store = idbTokenStore(connect(name))
    await store.put('main', tokenSet(1))
    const page = await openAsPage(name)
    const key = (await done(
      page.transaction('keys').objectStore('keys').get('sealing'),
    )) as CryptoKey
    for (const text of ['not JSON', '', '[]', '{"accessToken":1}', 'null']) {
      const iv = crypto.getRandomValues(new Uint8Array(12))
      const plain = new TextEncoder().encode(text)
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain)
      await tamper(name, (row) => ({ ...row, iv, sealed }))
      expect(await idbTokenStore(connect(name)).read('main')).toBeUndefined()
    }
  })

  test('does not read the session of one client as that of another', async () => {
    const name = freshName()
    const store = idbTokenStore(connect(name))
    await store.put('main', tokenSet(1))
    await tamper(name, (row) => ({ ...row, client: 'other' }))
    expect(await store.read('other')).toBeUndefined()
  })

  test('does not read an old row as the newest generation', async () => {
    const name = freshName()
    const store = idbTokenStore(connect(name))
    await store.put('main', tokenSet(1))
    const page = await openAsPage(name)
    const old = (await done(
      page.transaction('sessions').objectStore('sessions').get('main'),
    )) as Record<string, unknown>
    await store.put('main', tokenSet(2))
    await tamper(name, ({ generation }) => ({ ...old, generation }))
    expect(await idbTokenStore(connect(name)).read('main')).toBeUndefined()
  })

  test('reads what another worker stored after page script deleted the database', async () => {
    const name = freshName()
    const [one, two] = [connect(name), connect(name)].map((database) =>
      idbTokenStore(database),
    ) as [TokenStore, TokenStore]
    await one.put('main', tokenSet(1))
    await done(indexedDB.deleteDatabase(name))
    await two.put('main', tokenSet(2))
    expect(accessToken(await one.read('main'))).toBe('at-S3CRET-2')
  })

  test.each([
    ['can be exported', { name: 'AES-GCM', length: 256 }, true],
    ['is of another algorithm', { name: 'AES-CBC', length: 256 }, false],
  ] as const)(
    'does not use a key that was put there and %s',
    async (_what, algorithm, extractable) => {
      const name = freshName()
      const store = idbTokenStore(connect(name))
      await store.read('main')
      const foreign = await crypto.subtle.generateKey(algorithm, extractable, [
        'encrypt',
        'decrypt',
      ])
      const page = await openAsPage(name)
      await done(page.transaction('keys', 'readwrite').objectStore('keys').put(foreign, 'sealing'))
      await store.put('main', tokenSet(1))
      expect(accessToken(await store.read('main'))).toBe('at-S3CRET-1')
      const used = (await done(
        page.transaction('keys').objectStore('keys').get('sealing'),
      )) as CryptoKey
      expect(used.extractable).toBe(false)
      expect(used.algorithm.name).toBe('AES-GCM')
    },
  )

  test('does not use a non-key that was put there', async () => {
    const name = freshName()
    const store = idbTokenStore(connect(name))
    await store.read('main')
    const page = await openAsPage(name)
    const keys = page.transaction('keys', 'readwrite').objectStore('keys')
    await done(
      keys.put({ type: 'secret', extractable: false, algorithm: { name: 'AES-GCM' } }, 'sealing'),
    )
    await store.put('main', tokenSet(1))
    expect(accessToken(await store.read('main'))).toBe('at-S3CRET-1')
  })

  async function tamper(
    name: string,
    change: (row: Record<string, unknown>) => Record<string, unknown>,
  ): Promise<void> {
    const page = await openAsPage(name)
    const rows = page.transaction('sessions', 'readwrite').objectStore('sessions')
    await done(rows.put(change((await done(rows.get('main'))) as Record<string, unknown>)))
    page.close()
  }
})

describe('Database', () => {
  const unavailable = { name: 'AuthError', code: 'storage-unavailable', retryable: true }

  test('gives up in time when page script holds a transaction, and works again after it', async () => {
    const name = freshName()
    await idbTokenStore(connect(name)).put('main', tokenSet(1))
    const store = idbTokenStore(connect(name, 200))
    const page = await openAsPage(name)
    const release = hold(page)
    await expect(store.read('main')).rejects.toMatchObject(unavailable)
    await release()
    expect(accessToken(await store.read('main'))).toBe('at-S3CRET-1')
  })

  test('gives up in time while page script keeps an upgrade running', async () => {
    const name = freshName()
    const end = await holdUpgrade(name, 1)
    await expect(idbTokenStore(connect(name, 200)).read('main')).rejects.toMatchObject(unavailable)
    open.push(await end())
  })

  test('is made anew when page script was first and left out the stores', async () => {
    const name = freshName()
    ;(await openAsPage(name, 1)).close()
    const store = idbTokenStore(connect(name))
    await store.put('main', tokenSet(1))
    expect(accessToken(await store.read('main'))).toBe('at-S3CRET-1')
  })

  test('works on when page script raised its version', async () => {
    const name = freshName()
    await idbTokenStore(connect(name)).put('main', tokenSet(1))
    ;(await openAsPage(name, 9999)).close()
    const store = idbTokenStore(connect(name))
    expect(accessToken(await store.read('main'))).toBe('at-S3CRET-1')
  })

  test('gives up in time when a deletion by page script waits for a page script that holds on', async () => {
    const name = freshName()
    await connect(name, 500).run((database) => database.get('marks', 'main'))
    const page = await openAsPage(name)
    const deleted = done(indexedDB.deleteDatabase(name))
    await expect(
      new Database(name, 200).run((database) => database.get('marks', 'main')),
    ).rejects.toMatchObject(unavailable)
    page.close()
    await deleted
  })

  test('waits shortly only after an operation that was not answered, until one is', async () => {
    const name = freshName()
    await connect(name, 500).run((database) => database.get('marks', 'main'))
    const page = await openAsPage(name)
    const deleted = done(indexedDB.deleteDatabase(name))
    const deadlineMs = 2000
    const database = connect(name, deadlineMs)
    const read = (): Promise<unknown> => database.run((open) => open.get('marks', 'main'))
    await expect(read()).rejects.toMatchObject(unavailable)
    const startedAt = performance.now()
    for (let n = 0; n < 3; n += 1) await expect(read()).rejects.toMatchObject(unavailable)
    expect(performance.now() - startedAt).toBeLessThan(3 * deadlineMs)
    page.close()
    await deleted
    expect(await read()).toBeUndefined()
  })

  test('goes on with an empty database when page script deleted it', async () => {
    const name = freshName()
    const store = idbTokenStore(connect(name))
    await store.put('main', tokenSet(1))
    await done(indexedDB.deleteDatabase(name))
    expect(await store.read('main')).toBeUndefined()
    await store.put('main', tokenSet(2))
    expect(accessToken(await store.read('main'))).toBe('at-S3CRET-2')
    expect(accessToken(await idbTokenStore(connect(name)).read('main'))).toBe('at-S3CRET-2')
  })

  test('opens again when its connection was closed', async () => {
    const name = freshName()
    const database = connect(name)
    const store = idbTokenStore(database)
    await store.put('main', tokenSet(1))
    await database.run(async (connection) => connection.close())
    expect(accessToken(await store.read('main'))).toBe('at-S3CRET-1')
    await database.close()
    expect(accessToken(await store.read('main'))).toBe('at-S3CRET-1')
  })

  test('does not block a newer version of itself', async () => {
    const name = freshName()
    await connect(name).run((database) => database.get('marks', 'main'))
    const newer = await openAsPage(name, 2)
    expect(newer.version).toBe(2)
  })

  test('reports an operation that fails without the text of its cause', async () => {
    const failed = connect(freshName()).run(() => Promise.reject(new Error('S3CRET')))
    const error: unknown = await failed.catch((reason: unknown) => reason)
    expect(error).toMatchObject(unavailable)
    expect(String(error) + JSON.stringify(error)).not.toContain('S3CRET')
  })

  /** Keeps a read-write transaction on everything alive until it is released. */
  function hold(page: IDBDatabase): () => Promise<void> {
    const transaction = page.transaction([...page.objectStoreNames], 'readwrite')
    const ended = new Promise<void>((resolve) => {
      transaction.oncomplete = () => resolve()
    })
    let held = true
    const again = (): void => {
      if (held) transaction.objectStore('marks').get('x').onsuccess = again
    }
    again()
    return () => {
      held = false
      return ended
    }
  }
})

function keyPair(extractable: boolean): Promise<CryptoKeyPair> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  return crypto.subtle.generateKey(algorithm, extractable, ['sign', 'verify'])
}

/** Everything in a row as text: names, values, and bytes as Latin-1. */
function textOf(value: unknown): string {
  if (value instanceof ArrayBuffer) return String.fromCharCode(...new Uint8Array(value))
  if (ArrayBuffer.isView(value)) return textOf(value.buffer)
  if (value instanceof CryptoKey) return JSON.stringify(value.algorithm)
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, member]) => `${name}=${textOf(member)}`)
    .join(' ')
}
