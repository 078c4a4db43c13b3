import { beforeEach, describe, expect, test } from 'vitest'
import { deferred } from '../../e2e/unit/deferred.ts'
import { expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { json, offline } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'
import type { ClientConfig } from '../../src/contract/config.ts'
import type { Claims } from '../../src/contract/session.ts'
import { answerRequest } from './answer-request.ts'

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

describe('while UserInfo has not answered yet', () => {
  /** Signs in up to the question, which is answered when the function that comes back is called. */
  async function signInUntilAsked(answer: () => Response): Promise<() => Promise<void>> {
    const asked = deferred()
    const answered = deferred()
    guardian.server.answer('userinfo', async () => {
      asked.resolve()
      await answered.promise
      return answer()
    })
    const signedIn = guardian.signIn()
    await asked.promise
    guardian.server.answer('userinfo')
    return async () => {
      answered.resolve()
      await signedIn
    }
  }

  const claims = (email: string) => (): Response => json({ sub: 'user-1', email })

  test('a worker that is ended loses nothing: the sign-in is stored, and its next life asks', async () => {
    await signInUntilAsked(claims('never@example.com'))
    expect(guardian.events).toEqual([])
    guardian.restart()
    const { core, waitUntil, settled, ledger, surroundings } = guardian
    const host = { waitUntil, claim: async () => undefined, isRegistered: async () => true }
    const reply = await answerRequest(core, { type: 'get-session', landed: 'here' }, host)
    expect(reply).toMatchObject({ session: { status: 'signed-in' }, landing: {} })
    expect(reply).not.toHaveProperty('landing.error')
    await settled()
    expect(await user()).toEqual({ sub: 'user-1', name: 'Ada', email: 'ada@example.com' })
    expect(await ledger.takeLanding(surroundings.wire.now())).toBeUndefined()
    await answerRequest(core, { type: 'get-session' }, host)
    await settled()
    expect(guardian.server.count('userinfo')).toBe(2)
  })

  test('a refresh changes nothing: both are kept', async () => {
    const answer = await signInUntilAsked(claims('ada@example.org'))
    const before = await guardian.stored()
    await guardian.core.refresher.refresh('default', before)
    await answer()
    expect(await user()).toEqual({ sub: 'user-1', name: 'Ada', email: 'ada@example.org' })
    const { tokens } = await guardian.stored()
    expect(tokens.accessToken.reveal()).not.toBe(before.tokens.accessToken.reveal())
  })

  test('a refresh that has not ended either is waited for', async () => {
    const answer = await signInUntilAsked(claims('ada@example.org'))
    const asked = deferred()
    const answered = deferred()
    guardian.server.answer('token', async () => {
      asked.resolve()
      await answered.promise
      return guardian.server.tokenResponse()
    })
    const refreshed = guardian.core.refresher.refresh('default', await guardian.stored())
    await asked.promise
    const all = answer()
    answered.resolve()
    await Promise.all([refreshed, all])
    expect(await user()).toMatchObject({ email: 'ada@example.org' })
    expect(guardian.server.count('revoke')).toBe(0)
  })

  test('another sign-in does not get claims that were asked for with the token of the one before', async () => {
    const answer = await signInUntilAsked(claims('old@example.com'))
    await guardian.signIn()
    await answer()
    expect(await user()).toMatchObject({ email: 'ada@example.com' })
  })

  test('a sign-out is final', async () => {
    const answer = await signInUntilAsked(claims('ada@example.org'))
    await guardian.core.sessions.signOut('default')
    await answer()
    expect(await guardian.tokens.read('default')).toBeUndefined()
  })
})

test('without userInfo nothing is asked', async () => {
  await start({ userInfo: false })
  await guardian.signIn()
  expect(guardian.server.count('userinfo')).toBe(0)
  expect(await user()).toEqual({ sub: 'user-1', name: 'Ada' })
})
