import { beforeEach, describe, expect, test } from 'vitest'
import { expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { json, offline } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'
import type { ClientConfig } from '../../src/contract/config.ts'
import type { Claims } from '../../src/contract/session.ts'

let guardian: GuardianInTest

async function start(change: Partial<ClientConfig> = {}): Promise<void> {
  const client = { issuer: ISSUER, clientId: 'app', userInfo: true, ...change }
  guardian = await guardianInTest({ clients: client })
}

beforeEach(() => start())

async function user(): Promise<Claims | undefined> {
  const session = await guardian.core.sessions.session('default')
  return session.status === 'signed-in' ? session.user : undefined
}
const codes = (): string[] =>
  guardian.events.flatMap((event) => (event.type === 'error' ? [event.error.code] : []))

describe('with userInfo a sign-in', () => {
  test('has the claims of both, as far as pages may see them; those of the ID Token win', async () => {
    guardian.server.answer('userinfo', () =>
      json({ sub: 'user-1', name: 'Eve', email: 'ada@example.com', address: 'hidden', nonce: 'x' }),
    )
    await guardian.signIn()
    expect(await user()).toEqual({ sub: 'user-1', name: 'Ada', email: 'ada@example.com' })
    expect(codes()).toEqual([])
  })

  test('is told to pages once, with all of it', async () => {
    await guardian.signIn()
    expect(guardian.events).toMatchObject([
      { type: 'session', session: { user: { name: 'Ada', email: 'ada@example.com' } } },
    ])
  })

  test('keeps them over a refresh, with and without a new ID Token', async () => {
    await guardian.signIn()
    guardian.server.claims = { name: 'Ada L.' }
    await guardian.core.refresher.refresh('default', await guardian.stored())
    expect(await user()).toEqual({ sub: 'user-1', name: 'Ada L.', email: 'ada@example.com' })
    guardian.server.tokens = { id_token: undefined }
    await guardian.core.refresher.refresh('default', await guardian.stored())
    expect(await user()).toEqual({ sub: 'user-1', name: 'Ada L.', email: 'ada@example.com' })
    expect(guardian.server.count('userinfo')).toBe(1)
  })

  test.each([
    ['is about somebody else', () => json({ sub: 'eve' }), 'userinfo-sub-mismatch'],
    ['cannot be reached', offline, 'userinfo-unavailable'],
    ['answers 503', () => new Response(null, { status: 503 }), 'userinfo-unavailable'],
    ['answers nonsense', () => json('x'), 'userinfo-invalid'],
  ])('stands when UserInfo %s, and an error says so', async (_what, answer, code) => {
    guardian.server.answer('userinfo', answer)
    await guardian.signIn()
    expect(await user()).toEqual({ sub: 'user-1', name: 'Ada' })
    expect(codes()).toEqual([code])
    expect(await guardian.ledger.takeLanding(guardian.surroundings.wire.now())).toEqual({
      client: 'default',
    })
    expectNoSecret(guardian.events)
  })

  test.each([
    ['nonce', { nonce: 'other' }],
    ['audience', { aud: 'other' }],
    ['acr', { acr: 'silver' }],
  ])(
    'that fails a check (%s) asks nothing: a token is not used before it is checked',
    async (_what, claims) => {
      guardian.server.claims = claims
      await guardian.signIn({ acrValues: ['gold'] })
      expect(await guardian.tokens.read('default')).toBeUndefined()
      expect(guardian.server.count('userinfo')).toBe(0)
    },
  )

  test('without an ID Token gets its user from there', async () => {
    await start({ scope: 'profile' })
    guardian.server.tokens = { id_token: undefined }
    await guardian.signIn()
    expect(await user()).toEqual({ sub: 'user-1', email: 'ada@example.com' })
    await guardian.core.refresher.refresh('default', await guardian.stored())
    expect(await user()).toEqual({ sub: 'user-1', email: 'ada@example.com' })
  })
})

test('without userInfo nothing is asked', async () => {
  await start({ userInfo: false })
  await guardian.signIn()
  expect(guardian.server.count('userinfo')).toBe(0)
  expect(await user()).toEqual({ sub: 'user-1', name: 'Ada' })
})
