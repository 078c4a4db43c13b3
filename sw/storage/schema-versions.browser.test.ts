import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { done } from '../../e2e/unit/indexed-db.ts'
import { restore, shapeOf, type SchemaFixture } from '../../e2e/unit/schemas/restore.ts'
import { version1 } from '../../e2e/unit/schemas/version-1.ts'
import { tokenSet } from '../../e2e/unit/token-sets.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { DegradingTokenStore } from '../core/degrading-token-store.ts'
import { transactionId, unsealTransaction } from '../core/sealed-transactions.ts'
import type { StoredSession, TokenStore } from '../core/token-store.ts'
import { Database } from './database.ts'
import { IdbLedger } from './idb-ledger.ts'
import { IdbSessionRows } from './idb-session-rows.ts'
import { DATABASE_VERSION } from './schema.ts'

/** One for each version that was ever released. Who raises the version writes down here what the one before left behind. */
const fixtures: readonly SchemaFixture[] = [version1]

const NOW = epochSeconds(1_799_999_500)
const STATE = 'a-state-that-only-the-server-gives-back'

let name: string
let databases: Database[]

beforeEach(() => {
  name = `schema-${crypto.randomUUID()}`
  databases = []
})

afterEach(async () => {
  for (const database of databases) await database.close()
  await done(indexedDB.deleteDatabase(name))
})

function connect(): Database {
  const database = new Database(name)
  databases.push(database)
  return database
}

/** As one life of a worker has it. */
function tokens(): TokenStore {
  const tell = (): void => expect.fail('the storage was said to fail')
  return new DegradingTokenStore(new IdbSessionRows(connect()), tell, () => performance.now())
}

async function read(store: TokenStore, client: string): Promise<StoredSession> {
  const session = await store.read(client)
  if (session === undefined) throw new Error(`The session of ${client} is lost`)
  return session
}

test('every version of the schema has a fixture, and the last one is what is made today', async () => {
  expect(fixtures.map(({ version }) => version)).toEqual(
    Array.from({ length: DATABASE_VERSION }, (_, index) => index + 1),
  )
  await connect().run((database) => database.count('sessions'))
  const { version, stores } = fixtures.at(-1)!
  expect(await shapeOf(name)).toEqual({ version, stores })
})

describe.each(fixtures)('a database of version $version', (fixture) => {
  beforeEach(() => restore(name, fixture))

  test('is brought to the stores of today', async () => {
    await connect().run((database) => database.count('sessions'))
    const { version, stores } = fixtures.at(-1)!
    expect(await shapeOf(name)).toEqual({ version, stores })
  })

  test('has a session that goes on, and is refreshed', async () => {
    const store = tokens()
    const session = await read(store, 'main')
    expect(session).toMatchObject({
      appState: { cart: [1] },
      tokens: { expiresAt: 1_800_000_000, scope: ['openid'], user: { sub: 'user-1', name: 'Ada' } },
    })
    const { accessToken, refreshToken, idToken } = session.tokens
    expect([accessToken, refreshToken, idToken].map((secret) => secret?.reveal())).toEqual([
      'at-of-1',
      'rt-of-1',
      'id-of-1',
    ])
    expect(await store.startRefresh('main', session.generation, NOW)).toBe(true)
    expect(await store.replace('main', session.generation, tokenSet(2))).toBe(true)
    const next = await read(tokens(), 'main')
    expect(next.tokens.refreshToken?.reveal()).toBe('rt-S3CRET-2')
    expect(next.appState).toEqual({ cart: [1] })
  })

  test('has a session that is bound to a key, whose last refresh was not answered', async () => {
    const { tokens: bound, refreshStartedAt } = await read(tokens(), 'bound')
    expect(bound.refreshToken?.reveal()).toBe('rt-bound-of-1')
    expect(await bound.proofKey?.thumbprint()).toBe('vJltlk6yLfADWWydacX7FBz8OgrLLrE08djzdPipgwk')
    expect(refreshStartedAt).toBe(1_799_999_000)
  })

  test('has a sign-in that waits for its response, and is completed', async () => {
    const ledger = new IdbLedger(connect())
    const sealed = await ledger.takeTransaction(await transactionId(STATE), NOW, {})
    expect(sealed && (await unsealTransaction(STATE, sealed))).toEqual({
      client: 'main',
      redirectUri: 'https://app.example/auth/callback',
      returnTo: 'https://app.example/orders',
      issuerPromised: true,
      verifier: 'verifier-of-1',
      nonce: 'nonce-of-1',
      appState: 5,
    })
  })

  test('has an errand, a landing and marks that still say what they said', async () => {
    const ledger = new IdbLedger(connect())
    expect(await ledger.readErrand('errand-of-1', NOW)).toEqual({
      kind: 'logout',
      client: 'main',
      returnTo: 'https://app.example/bye',
    })
    expect(await ledger.takeLanding(NOW, 'main')).toEqual({ client: 'main' })
    expect(await ledger.readMark('main')).toEqual({ status: 'signed-in' })
    expect(await ledger.readMark('other')).toEqual({
      status: 'interaction-required',
      code: 'session-ended',
    })
  })
})
