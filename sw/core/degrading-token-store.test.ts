import { beforeEach, expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { json } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { failure } from '../protocol/failure.ts'
import { DegradingTokenStore } from './degrading-token-store.ts'
import type { SessionRows, StoredSession } from './token-store.ts'

/** A disk on which nothing can be written while it is full. */
class Rows implements SessionRows {
  readonly sessions = new Map<string, StoredSession>()
  isFull = false

  async look(client: string) {
    const session = this.sessions.get(client)
    return session && { generation: session.generation, session }
  }

  async write(...[client, next, makesWay]: Parameters<SessionRows['write']>) {
    this.#refuseIfFull()
    if (!makesWay(this.sessions.get(client))) return false
    if (next) this.sessions.set(client, next)
    else this.sessions.delete(client)
    return true
  }

  async writeJournal(client: string, generation: string) {
    this.#refuseIfFull()
    return this.sessions.get(client)?.generation === generation
  }

  #refuseIfFull(): void {
    if (this.isFull) throw failure('storage-unavailable', 'storage', { message: 'full' })
  }
}

let rows: Rows
let store: DegradingTokenStore
let guardian: GuardianInTest
let told: number

beforeEach(async () => {
  rows = new Rows()
  told = 0
  store = new DegradingTokenStore(
    rows,
    () => void (told += 1),
    () => Number(guardian.surroundings.wire.now()) * 1000,
  )
  guardian = await guardianInTest({}, { tokens: store })
})

async function refresh(): Promise<void> {
  const stored = await store.read('default')
  if (stored === undefined) throw new Error('There is no session')
  await guardian.core.refresher.refresh('default', stored)
}

const session = () => guardian.core.sessions.session('default')
const sent = (): (string | null)[] =>
  guardian.server.requests.flatMap(({ form }) => form.get('refresh_token') ?? [])

test('a full disk costs no session: each refresh token is sent once, and the last one is written when there is room', async () => {
  await guardian.signIn()
  rows.isFull = true
  for (let round = 0; round < 5; round += 1) {
    guardian.pass(60)
    await refresh()
    expect(await session()).toMatchObject({ status: 'signed-in', stale: false })
  }
  expect(new Set(sent()).size).toBe(5)
  expect(told).toBe(1)
  rows.isFull = false
  guardian.pass(60)
  await session()
  expect(store.isInMemory).toBe(false)
  await refresh()
  expect(new Set(sent()).size).toBe(6)
  expect(rows.sessions.get('default')).toBe(await store.read('default'))
})

test('a full disk does not stop a sign-in that has come as far as its tokens', async () => {
  rows.isFull = true
  await guardian.signIn()
  expect(await session()).toMatchObject({ status: 'signed-in' })
  rows.isFull = false
  guardian.pass(11)
  await session()
  expect(rows.sessions.size).toBe(1)
})

test('a sign-out while the disk is full is final, and its tokens are revoked', async () => {
  await guardian.signIn()
  rows.isFull = true
  await guardian.core.signOut.begin('default', {}, guardian.waitUntil)
  await guardian.settled()
  expect(guardian.server.count('revoke')).toBe(2)
  expect(await session()).toEqual({ status: 'signed-out' })
  rows.isFull = false
  guardian.pass(11)
  expect(await session()).toEqual({ status: 'signed-out' })
  expect(rows.sessions.size).toBe(0)
})

test('a refusal by the server ends the session also while the disk is full', async () => {
  await guardian.signIn()
  rows.isFull = true
  guardian.server.answer('token', () => json({ error: 'invalid_grant' }, 400))
  await expectFailure(refresh(), 'session-ended')
  expect(await session()).toEqual({ status: 'interaction-required', code: 'session-ended' })
  rows.isFull = false
  guardian.pass(11)
  expect(await session()).toMatchObject({ status: 'interaction-required' })
  expect(rows.sessions.size).toBe(0)
})

test('pages are told again when the disk fails again', async () => {
  await guardian.signIn()
  for (const times of [1, 2]) {
    rows.isFull = true
    await refresh()
    expect(told).toBe(times)
    rows.isFull = false
    guardian.pass(11)
    await session()
  }
})
