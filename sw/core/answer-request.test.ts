import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { offline } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import {
  CONTRACT_VERSION,
  type GuardianRequest,
  type ReplyTo,
} from '../../src/contract/messages.ts'
import { parseReply } from '../../src/contract/parse-reply.ts'
import { answerRequest, type Host } from './answer-request.ts'
import { createWatchedCore } from './watched-core.ts'

let guardian: GuardianInTest
let registered: boolean
let claims: number

beforeEach(async () => {
  guardian = await guardianInTest()
  registered = true
  claims = 0
})

async function ask<Request extends GuardianRequest>(
  request: Request,
): Promise<ReplyTo[Request['type']]> {
  const host: Host = {
    waitUntil: guardian.waitUntil,
    claim: async () => {
      claims += 1
    },
    isRegistered: async () => registered,
  }
  const value = await answerRequest(guardian.core, request, host)
  expectNoSecret(value)
  // Every answer passes the page's own check after the structured clone of a message.
  expect(
    parseReply(structuredClone({ tokenGuardian: CONTRACT_VERSION, ok: true, value })),
  ).toBeDefined()
  return value as ReplyTo[Request['type']]
}

describe('answerRequest', () => {
  test('answers every request of a signed-in page without a secret', async () => {
    await guardian.signIn({ appState: 'x' })
    const requests: GuardianRequest[] = [
      { type: 'get-session' },
      { type: 'get-session', landed: 'here' },
      { type: 'begin-login', parameters: {} },
      { type: 'refresh' },
      { type: 'claim' },
      { type: 'keep-awake' },
      { type: 'check-registration' },
      { type: 'begin-logout' },
    ]
    for (const request of requests) await ask(request)
    expect(claims).toBe(1)
  })

  test('says how the redirect ended that led to the page, once', async () => {
    guardian.server.claims = { nonce: 'other' }
    await guardian.signIn()
    expect(await ask({ type: 'get-session' })).not.toHaveProperty('landing')
    const landed = { type: 'get-session', landed: 'here' } as const
    expect((await ask(landed)).landing).toMatchObject({ error: { code: 'id-token-nonce' } })
    expect((await ask(landed)).landing).toMatchObject({ error: { code: 'callback-not-covered' } })
  })

  test('does not read more of a stored row into the session than the contract has', async () => {
    await guardian.signIn()
    const { session } = await ask({ type: 'get-session' })
    expect(Object.keys(session).toSorted()).toEqual([
      'expiresAt',
      'scope',
      'stale',
      'status',
      'user',
    ])
  })

  test('refreshes a stale session in the background', async () => {
    await guardian.signIn()
    guardian.pass(60)
    expect((await ask({ type: 'get-session' })).session).toMatchObject({ stale: true })
    await guardian.settled()
    expect((await ask({ type: 'get-session' })).session).toMatchObject({ stale: false })
  })

  test('refreshes when it is asked to, and says why it could not', async () => {
    await expectFailure(ask({ type: 'refresh' }), 'not-signed-in')
    await guardian.signIn()
    expect((await ask({ type: 'refresh' })).session).toMatchObject({ status: 'signed-in' })
    guardian.server.answer('token', offline)
    await expectFailure(ask({ type: 'refresh' }), 'refresh-unavailable')
  })

  test.each<GuardianRequest>([
    { type: 'get-session', client: 'other' },
    { type: 'begin-login', client: 'other', parameters: {} },
    { type: 'begin-logout', client: 'other' },
    { type: 'refresh', client: 'other' },
  ])('knows no other client for $type', async (request) => {
    await expectFailure(ask(request), 'unknown-client')
  })

  test('keeps no timeline unless the configuration asks for one', async () => {
    await guardian.signIn()
    await expectFailure(ask({ type: 'get-timeline' }), 'invalid-request')
    guardian.core = createWatchedCore(guardian.surroundings, Date.now)
    expect(await ask({ type: 'get-timeline' })).toMatchObject({ client: 'default', entries: [] })
    await expectFailure(ask({ type: 'get-timeline', client: 'other' }), 'unknown-client')
  })

  test('drops and revokes the tokens when the worker is not registered any more', async () => {
    await guardian.signIn()
    expect(await ask({ type: 'check-registration' })).toEqual({ registered: true })
    expect(guardian.server.count('revoke')).toBe(0)
    registered = false
    expect(await ask({ type: 'check-registration' })).toEqual({ registered: false })
    expect(guardian.server.count('revoke')).toBe(2)
    expect((await ask({ type: 'get-session' })).session).toEqual({
      status: 'unprotected',
      code: 'tampered',
    })
  })
})
