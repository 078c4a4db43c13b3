import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { epochSeconds } from '../../src/contract/units.ts'
import { MemoryLedger } from '../../e2e/unit/memory-ledger.ts'
import { makeProofKey, parseProofKey } from '../protocol/proof-key.ts'
import type { AuthErrorWire } from '../../src/contract/errors.ts'
import type { Errand, Landing, Ledger, SealedTransaction } from '../core/token-store.ts'
import { Database } from './database.ts'
import { IdbLedger } from './idb-ledger.ts'

const NOW = epochSeconds(1000)
const LATER = epochSeconds(1100)
const at = epochSeconds

let name: string
let database: Database

beforeEach(() => {
  name = `ledger-${crypto.randomUUID()}`
  database = new Database(name)
})

afterEach(async () => {
  await database.close()
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = resolve
    request.onerror = reject
  })
})

const sealed: SealedTransaction = { iv: new Uint8Array([1]), sealed: new Uint8Array([2]).buffer }
const error: AuthErrorWire = {
  code: 'sign-in-interrupted',
  phase: 'exchange',
  message: 'x',
  retryable: false,
  correlationId: 'c',
}
const interrupted: Landing = { error }
const errand: Errand = {
  kind: 'login',
  client: 'main',
  returnTo: 'https://app.example/#_',
  parameters: { prompt: 'login' },
}

/** The fake that the core's tests use keeps the same promises as the real one. */
const ledgers: [string, () => Ledger][] = [
  ['IdbLedger', () => new IdbLedger(database)],
  ['MemoryLedger', () => new MemoryLedger()],
]

describe.each(ledgers)('%s', (_name, make) => {
  test('gives out a transaction once', async () => {
    const ledger = make()
    await ledger.putTransaction('a', sealed, LATER)
    expect(await ledger.takeTransaction('a', NOW, {})).toEqual(sealed)
    expect(await ledger.takeTransaction('a', NOW, {})).toBeUndefined()
  })

  test('gives a transaction to one of 20 who take it at once', async () => {
    const ledger = make()
    await ledger.putTransaction('a', sealed, LATER)
    const taken = await Promise.all(
      Array.from({ length: 20 }, () => ledger.takeTransaction('a', NOW, interrupted)),
    )
    expect(taken.filter(Boolean)).toEqual([sealed])
  })

  test('keeps two transactions apart', async () => {
    const ledger = make()
    const other = { ...sealed, iv: new Uint8Array([9]) }
    await ledger.putTransaction('a', sealed, LATER)
    await ledger.putTransaction('b', other, LATER)
    expect(await ledger.takeTransaction('b', NOW, {})).toEqual(other)
    expect(await ledger.takeTransaction('a', NOW, {})).toEqual(sealed)
  })

  test('has no transaction that it was not given, or that has expired', async () => {
    const ledger = make()
    expect(await ledger.takeTransaction('a', NOW, interrupted)).toBeUndefined()
    await ledger.putTransaction('a', sealed, LATER)
    expect(await ledger.takeTransaction('a', LATER, interrupted)).toBeUndefined()
    expect(await ledger.takeTransaction('a', NOW, interrupted)).toBeUndefined()
    expect(await ledger.takeLanding(NOW)).toBeUndefined()
  })

  test('leaves the landing of an interruption with the transaction that was taken', async () => {
    const ledger = make()
    await ledger.putTransaction('a', sealed, LATER)
    await ledger.takeTransaction('a', NOW, interrupted)
    expect(await ledger.takeLanding(NOW)).toEqual(interrupted)
    expect(await ledger.takeLanding(NOW)).toBeUndefined()
  })

  test('overwrites that landing with the real one', async () => {
    const ledger = make()
    await ledger.putTransaction('a', sealed, LATER)
    await ledger.takeTransaction('a', NOW, interrupted)
    await ledger.putLanding('a', {}, LATER)
    expect(await ledger.takeLanding(NOW)).toEqual({})
    expect(await ledger.takeLanding(NOW)).toBeUndefined()
  })

  test('gives out the landing of the wanted client, or one that may be anybody’s', async () => {
    const ledger = make()
    await ledger.putLanding('a', { client: 'one', error }, at(1010))
    await ledger.putLanding('b', { client: 'two' }, at(1020))
    await ledger.putLanding('c', {}, at(1005))
    expect(await ledger.takeLanding(NOW, 'one')).toEqual({ client: 'one', error })
    expect(await ledger.takeLanding(NOW, 'one')).toEqual({})
    expect(await ledger.takeLanding(NOW, 'one')).toBeUndefined()
    expect(await ledger.takeLanding(NOW)).toEqual({ client: 'two' })
  })

  test('gives out the newest landing first, each once, and none that has expired', async () => {
    const ledger = make()
    const landing = (code: string): Landing => ({ error: { ...error, message: code } })
    await ledger.putLanding('c', landing('third'), at(1030))
    await ledger.putLanding('a', landing('first'), at(1010))
    await ledger.putLanding('b', landing('second'), at(1020))
    await ledger.putLanding('d', landing('gone'), NOW)
    const taken = [1, 2, 3, 4].map(() => ledger.takeLanding(NOW))
    const messages = (await Promise.all(taken)).map((one) => one?.error?.message)
    expect(messages).toEqual(['third', 'second', 'first', undefined])
  })

  test('reads an errand until it expires', async () => {
    const ledger = make()
    await ledger.putErrand('a', errand, LATER)
    expect(await ledger.readErrand('a', NOW)).toEqual(errand)
    expect(await ledger.readErrand('a', NOW)).toEqual(errand)
    expect(await ledger.readErrand('a', LATER)).toBeUndefined()
    expect(await ledger.readErrand('b', NOW)).toBeUndefined()
  })

  test('keeps the key that an errand waits with', async () => {
    const ledger = make()
    const key = await makeProofKey()
    await ledger.putErrand('a', { ...errand, proofKey: key.reveal() }, LATER)
    const taken = await ledger.takeErrand('a', () => true, NOW, {})
    expect(await parseProofKey(taken?.proofKey)?.thumbprint()).toBe(await key.thumbprint())
  })

  test('remembers a mark until it is removed', async () => {
    const ledger = make()
    expect(await ledger.readMark('main')).toBeUndefined()
    await ledger.writeMark('main', { status: 'signed-in' })
    expect(await ledger.readMark('main')).toEqual({ status: 'signed-in' })
    await ledger.writeMark('main', { status: 'interaction-required', code: 'session-ended' })
    expect(await ledger.readMark('main')).toEqual({
      status: 'interaction-required',
      code: 'session-ended',
    })
    await ledger.writeMark('main', undefined)
    expect(await ledger.readMark('main')).toBeUndefined()
  })

  test('removes what has expired and nothing else', async () => {
    const ledger = make()
    await ledger.putTransaction('old', sealed, NOW)
    await ledger.putTransaction('new', sealed, LATER)
    await ledger.putErrand('old', errand, NOW)
    await ledger.putErrand('new', errand, LATER)
    await ledger.putLanding('old', {}, NOW)
    await ledger.putLanding('new', {}, LATER)
    await ledger.removeExpired(NOW)
    const before = at(0)
    expect(await ledger.takeTransaction('old', before, {})).toBeUndefined()
    expect(await ledger.readErrand('old', before)).toBeUndefined()
    expect(await ledger.takeTransaction('new', before, {})).toEqual(sealed)
    expect(await ledger.readErrand('new', before)).toEqual(errand)
  })
})

describe('IdbLedger', () => {
  test('gives a transaction to one of two workers', async () => {
    const ledger = new IdbLedger(database)
    const other = new Database(name)
    for (let round = 0; round < 10; round += 1) {
      await ledger.putTransaction('a', sealed, LATER)
      const taken = await Promise.all([
        ledger.takeTransaction('a', NOW, {}),
        new IdbLedger(other).takeTransaction('a', NOW, {}),
      ])
      expect(taken.filter(Boolean)).toHaveLength(1)
    }
    await other.close()
  })

  test.each<[string, string, unknown]>([
    ['transactions', 'without bytes', { id: 'a', expiresAt: 2000 }],
    ['transactions', 'with text for bytes', { id: 'a', expiresAt: 2000, iv: 'x', sealed: 'y' }],
    ['transactions', 'that expires as a text', { id: 'a', expiresAt: '2000', ...sealed }],
    ['transactions', 'that never expires', { id: 'a', ...sealed }],
    ['errands', 'of another kind', { id: 'a', expiresAt: 2000, ...errand, kind: 'x' }],
    ['errands', 'without a client', { id: 'a', expiresAt: 2000, ...errand, client: 1 }],
    ['errands', 'without returnTo', { id: 'a', expiresAt: 2000, ...errand, returnTo: undefined }],
    ['marks', 'without a mark', { client: 'a' }],
    ['marks', 'of another status', { client: 'a', mark: { status: 'admin' } }],
    ['marks', 'without a code', { client: 'a', mark: { status: 'interaction-required' } }],
  ])('takes a row of %s as absent %s', async (store, _what, row) => {
    const ledger = new IdbLedger(database)
    await database.run((connection) => connection.put(store as 'errands', row as never))
    expect(await ledger.takeTransaction('a', NOW, interrupted)).toBeUndefined()
    expect(await ledger.readErrand('a', NOW)).toBeUndefined()
    expect(await ledger.readMark('a')).toBeUndefined()
    expect(await ledger.takeLanding(NOW)).toBeUndefined()
  })

  test('reads an errand without parameters that JSON could not hold', async () => {
    const ledger = new IdbLedger(database)
    const row = { id: 'a', expiresAt: 2000, ...errand, parameters: new Map([['x', 1]]) }
    await database.run((connection) => connection.put('errands', row as never))
    expect(await ledger.readErrand('a', NOW)).toEqual({
      kind: 'login',
      client: 'main',
      returnTo: 'https://app.example/#_',
    })
  })

  test('shows the page no landing that is not an error of the contract', async () => {
    const ledger = new IdbLedger(database)
    const row = { id: 'a', expiresAt: 2000, error: 'x', extra: 1 }
    await database.run((connection) => connection.put('landings', row as never))
    expect(await ledger.takeLanding(NOW)).toEqual({})
  })
})
