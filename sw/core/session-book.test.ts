import { beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../../src/contract/session.ts'
import { deferred } from '../../e2e/unit/deferred.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { MARK } from '../../e2e/unit/fake-server.ts'
import { MemoryTokenStore } from '../storage/memory-token-store.ts'
import { toWire } from './session-book.ts'

let guardian: GuardianInTest

beforeEach(async () => {
  guardian = await guardianInTest()
})

const session = () => guardian.core.sessions.session('default')

describe('a session', () => {
  test('is signed-out at first', async () => {
    expect(await session()).toEqual({ status: 'signed-out' })
    expect(guardian.events).toEqual([])
  })

  test('is signed-in after a sign-in, with claims and no token', async () => {
    await guardian.signIn({ appState: ['x'] })
    expect(await session()).toMatchObject({
      status: 'signed-in',
      user: { sub: 'user-1', name: 'Ada' },
      scope: ['openid'],
      stale: false,
      appState: ['x'],
    })
    expectNoSecret(await session())
    expect(structuredClone(await session())).toEqual(await session())
  })

  test('becomes stale when the access token expires, and is kept', async () => {
    await guardian.signIn()
    guardian.pass(59)
    expect(await session()).toMatchObject({ stale: false })
    guardian.pass(1)
    expect(await session()).toMatchObject({ status: 'signed-in', stale: true })
  })

  test('never becomes stale when the server did not say for how long', async () => {
    guardian.server.tokens = { expires_in: undefined }
    await guardian.signIn()
    guardian.pass(1_000_000)
    expect(await session()).toMatchObject({ stale: false, expiresAt: null })
  })

  test('ends with a code that stays until the next sign-in', async () => {
    await guardian.signIn()
    const { generation } = await guardian.stored()
    await guardian.core.sessions.end('default', generation, 'session-ended')
    guardian.restart()
    expect(await session()).toEqual({ status: 'interaction-required', code: 'session-ended' })
    await guardian.signIn()
    expect(await session()).toMatchObject({ status: 'signed-in' })
  })

  test('does not end for a generation that is no longer there', async () => {
    await guardian.signIn()
    const { generation } = await guardian.stored()
    await guardian.signIn()
    await guardian.core.sessions.end('default', generation, 'session-ended')
    expect(await session()).toMatchObject({ status: 'signed-in' })
  })

  test('is reported as lost when the worker died with the tokens, once', async () => {
    await guardian.signIn()
    await guardian.tokens.remove('default')
    guardian.restart()
    guardian.events.length = 0
    expect(await session()).toEqual({ status: 'interaction-required', code: 'session-lost' })
    expect(await session()).toEqual({ status: 'interaction-required', code: 'session-lost' })
    expect(guardian.events).toHaveLength(1)
  })

  test('is signed-out, not lost, after a sign-out and a restart', async () => {
    await guardian.signIn()
    await guardian.core.signOut.begin('default', { localOnly: true }, guardian.waitUntil)
    guardian.restart()
    expect(await session()).toEqual({ status: 'signed-out' })
  })

  test('tells the pages about every change', async () => {
    await guardian.signIn()
    await guardian.core.signOut.begin('default', {}, guardian.waitUntil)
    const told = guardian.events.map((event) => event.type === 'session' && event.session.status)
    expect(told).toEqual(['signed-in', 'signed-out'])
  })

  test('is unprotected for good once the worker was found unregistered, and its tokens are revoked', async () => {
    await guardian.signIn()
    await guardian.core.signOut.abandon()
    expect(await session()).toEqual({ status: 'unprotected', code: 'tampered' })
    expect(await guardian.tokens.read('default')).toBeUndefined()
    expect(guardian.server.count('revoke')).toBe(2)
    await expect(guardian.core.signIn.begin('default', {})).rejects.toMatchObject({
      code: 'tampered',
    })
    expect(guardian.events.map(({ type }) => type)).toContain('error')
    expect(guardian.tokens).toBeInstanceOf(MemoryTokenStore)
  })
})

describe('while many ask', () => {
  const codes = (): unknown[] =>
    guardian.events.map((event) => event.type === 'session' && sessionCode(event.session))

  test('a sign-out that comes while an end is being written is a sign-out, and the other way round', async () => {
    const { ledger, core } = guardian
    const writeMark = ledger.writeMark.bind(ledger)
    for (const isFirst of ['end', 'sign-out']) {
      await guardian.signIn()
      const { generation } = await guardian.stored()
      const [writing, go] = [deferred(), deferred()]
      ledger.writeMark = async (...mark) => {
        writing.resolve()
        await go.promise
        await writeMark(...mark)
      }
      const end = (): Promise<unknown> => core.sessions.end('default', generation, 'session-ended')
      const signOut = (): Promise<unknown> => core.sessions.signOut('default')
      const first = isFirst === 'end' ? end() : signOut()
      await writing.promise
      const second = isFirst === 'end' ? signOut() : end()
      go.resolve()
      await Promise.all([first, second])
      ledger.writeMark = writeMark
      expect(await session(), `${isFirst} first`).toEqual({ status: 'signed-out' })
    }
  })

  test('a sign-in that comes in between is not taken for a loss', async () => {
    const { ledger } = guardian
    const readMark = ledger.readMark.bind(ledger)
    const [reading, go] = [deferred(), deferred()]
    ledger.readMark = async (client) => {
      reading.resolve()
      await go.promise
      return readMark(client)
    }
    const asked = session()
    await reading.promise
    await guardian.signIn()
    go.resolve()
    expect(await asked).toMatchObject({ status: 'signed-in' })
    expect(codes()).toEqual([undefined])
    expect(await session()).toMatchObject({ status: 'signed-in' })
  })

  test('a loss is told once', async () => {
    await guardian.signIn()
    await guardian.tokens.remove('default')
    guardian.restart()
    guardian.events.length = 0
    const answers = await Promise.all(Array.from({ length: 20 }, session))
    expect(new Set(answers.map(sessionCode))).toEqual(new Set(['session-lost']))
    expect(codes()).toEqual(['session-lost'])
  })
})

function sessionCode(of: Session): string | undefined {
  return 'code' in of ? of.code : undefined
}

describe('an error that leaves the worker', () => {
  test('is reduced to `internal` when it is none of the library', () => {
    const wire = toWire(new TypeError(`Failed ${MARK}`, { cause: MARK }))
    expect(wire).toMatchObject({ code: 'internal', retryable: false })
    expectNoSecret(wire)
    expect(structuredClone(wire)).toEqual(wire)
    for (const thrown of [undefined, MARK, { code: 'session-ended', message: MARK }]) {
      expect(toWire(thrown).code).toBe('internal')
      expectNoSecret(toWire(thrown))
    }
  })

  test('is told once, however many requests failed for it', () => {
    const error = new Error('x')
    guardian.core.sessions.reportError(error, 'default')
    guardian.core.sessions.reportError(error, 'default')
    expect(guardian.events).toHaveLength(1)
  })
})

test('pages are told when the data of the site were deleted, mark and all', async () => {
  await guardian.signIn()
  await session()
  await guardian.tokens.remove('default')
  await guardian.ledger.writeMark('default', undefined)
  guardian.events.length = 0
  expect(await session()).toEqual({ status: 'signed-out' })
  expect(await session()).toEqual({ status: 'signed-out' })
  expect(guardian.events).toMatchObject([{ type: 'session', session: { status: 'signed-out' } }])
})
