import { beforeEach, expect, test } from 'vitest'
import { tokenSet } from '../../e2e/unit/token-sets.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { makeProofKey } from '../protocol/proof-key.ts'
import { readSessions, writeSessions } from './handed-sessions.ts'
import { MemoryTokenStore } from './memory-token-store.ts'
import type { RefreshJournal } from './refresh-journal.ts'

const journal = { open: async () => undefined, close: async () => undefined }

let old: MemoryTokenStore
let next: MemoryTokenStore

beforeEach(() => {
  old = new MemoryTokenStore(journal as unknown as RefreshJournal)
  next = new MemoryTokenStore(journal as unknown as RefreshJournal)
})

/** As a message between workers brings it. */
const handOn = (): void => next.take(readSessions(structuredClone(writeSessions(old.all))))

const refreshTokenOf = async (store: MemoryTokenStore): Promise<string | undefined> =>
  (await store.read('main'))?.tokens.refreshToken?.reveal()

test('what one worker gives another one has: tokens, the key they are bound to, and what the app put along', async () => {
  const proofKey = await makeProofKey()
  await old.put('main', { ...tokenSet(1), proofKey }, { cart: [1] })
  await old.put('other', tokenSet(2))
  handOn()
  const [before, after] = await Promise.all([old.read('main'), next.read('main')])
  expect(after).toMatchObject({ generation: before?.generation, appState: { cart: [1] } })
  expect(await refreshTokenOf(next)).toBe('rt-S3CRET-1')
  expect(await after?.tokens.proofKey?.thumbprint()).toBe(await proofKey.thumbprint())
  expect((await next.read('other'))?.tokens.accessToken.reveal()).toBe('at-S3CRET-2')
})

test('every change is told, and given again it replaces what was given', async () => {
  await old.put('main', tokenSet(1))
  handOn()
  old.onChange = handOn
  const { generation } = (await old.read('main'))!
  await old.replace('main', generation, tokenSet(2))
  expect(await refreshTokenOf(next)).toBe('rt-S3CRET-2')
  await old.remove('main')
  expect(await next.read('main')).toBeUndefined()
})

test('what the next worker has changed itself stays: a token that it used, and a sign-in of its own', async () => {
  await old.put('main', tokenSet(1))
  handOn()
  const { generation } = (await next.read('main'))!
  await next.startRefresh('main', generation, epochSeconds(5))
  await old.replace('main', generation, tokenSet(2))
  handOn()
  expect(await next.read('main')).toMatchObject({ generation, refreshStartedAt: 5 })
  await next.put('main', tokenSet(7))
  handOn()
  expect(await refreshTokenOf(next)).toBe('rt-S3CRET-7')
})

test.each([
  undefined,
  null,
  'x',
  [null],
  [{ client: 'main' }],
  [{ client: 'main', generation: 'g', text: '{' }],
  [{ client: 'main', generation: 'g', text: '{"accessToken":"x"}' }],
])('what no store gave is no session (%j)', async (given) => {
  next.take(readSessions(given))
  expect(await next.read('main')).toBeUndefined()
})
