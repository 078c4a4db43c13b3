import { beforeEach, describe, expect, test } from 'vitest'
import { expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP } from '../../e2e/unit/parsed-config.ts'
import { tokenSet } from '../../e2e/unit/token-sets.ts'
import { VAULT, vaultInTest } from '../../e2e/unit/vault-in-test.ts'
import type { SessionReply } from '../../src/contract/messages.ts'
import { answerRequest } from './answer-request.ts'
import { answerNavigation } from './navigations.ts'

const NEEDS_THE_USER = [
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
]

let guardian: GuardianInTest

beforeEach(async () => {
  guardian = await guardianInTest()
  await guardian.signIn()
  guardian.events.length = 0
  guardian.ledger.landings.clear()
})

const refusal = (asked: string, error: string): URLSearchParams => {
  const state = new URL(asked).searchParams.get('state') ?? ''
  return new URLSearchParams({ error, state, iss: guardian.server.issuer })
}

const askWhatLanded = (of: GuardianInTest): Promise<SessionReply> =>
  answerRequest(
    of.core,
    { type: 'get-session', landed: 'here' },
    {
      waitUntil: of.waitUntil,
      claim: () => Promise.resolve(),
      isRegistered: () => Promise.resolve(true),
    },
  ) as Promise<SessionReply>

describe('a sign-in with prompt=none', () => {
  test.each(NEEDS_THE_USER)(
    'that the server answers with %s is a typed error, and the session of before stays as it is',
    async (oauthError) => {
      const before = await guardian.stored()
      const asked = await guardian.startSignIn({ prompt: 'none', returnTo: '/work' })
      expect(new URL(asked).searchParams.get('prompt')).toBe('none')
      const redirectUri = `${APP}/auth/callback`
      const parameters = refusal(asked, oauthError)
      const delivery = { parameters, mode: 'query', redirectUri } as const
      const landing = await guardian.core.completion.finish(delivery, guardian.waitUntil)
      await guardian.settled()
      expect(landing).toBe(`${APP}/work#_`)
      expect(await guardian.stored()).toBe(before)
      const reply = await askWhatLanded(guardian)
      expect(reply).toMatchObject({
        session: { status: 'signed-in', user: { sub: 'user-1' } },
        landing: { error: { code: 'login-required', oauthError } },
      })
      expect(guardian.server.count('token', 'authorization_code')).toBe(1)
      expectNoSecret(guardian.events)
    },
  )

  test('that succeeds has new tokens', async () => {
    const before = await guardian.stored()
    await guardian.signIn({ prompt: 'none' })
    const after = await guardian.stored()
    expect(after.generation).not.toBe(before.generation)
    expect(await askWhatLanded(guardian)).toMatchObject({
      session: { status: 'signed-in' },
      landing: {},
    })
  })

  test('does the same where a vault hands over the answer', async () => {
    const { frame, top, handedOver } = await vaultInTest()
    await frame.core.sessions.signIn('default', tokenSet(1), undefined)
    const before = await frame.stored()
    const url = new URL(
      await frame.core.signIn.begin('default', { prompt: 'none' }, { appOrigin: APP }),
    )
    const asked = await answerNavigation(top.core, 'login', url, undefined, top.waitUntil)
    const parameters = new URLSearchParams({
      error: 'login_required',
      state: new URL(asked).searchParams.get('state') ?? '',
      iss: frame.server.issuer,
    })
    const redirectUri = `${VAULT}/auth/callback`
    await top.core.completion.finish({ parameters, mode: 'query', redirectUri }, top.waitUntil)
    await top.settled()
    const [handOver] = handedOver
    if (handOver) await frame.core.completion.receive(handOver, APP, frame.waitUntil)
    await frame.settled()
    expect(await frame.stored()).toBe(before)
    expect(await askWhatLanded(frame)).toMatchObject({
      session: { status: 'signed-in' },
      landing: { error: { code: 'login-required', oauthError: 'login_required' } },
    })
  })
})
