import { beforeEach, describe, expect, test } from 'vitest'
import { expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { API } from '../../e2e/unit/parsed-config.ts'
import { vaultInTest } from '../../e2e/unit/vault-in-test.ts'
import type { ParsedResource } from '../../src/contract/config.ts'
import type { LoginParameters } from '../../src/contract/messages.ts'
import type { StepUp } from '../../src/contract/step-up.ts'

const GOLD = 'error="insufficient_user_authentication", acr_values="gold", max_age="300"'

let guardian: GuardianInTest
let sent: number

beforeEach(async () => {
  guardian = await guardianInTest()
  sent = 0
  await guardian.signIn()
  guardian.events.length = 0
})

async function refusedCall(challenge = `Bearer ${GOLD}`, page?: string): Promise<Response> {
  return guardian.core.apiRequests.answer({
    request: new Request(`${API}transfer`, { method: 'POST', body: 'x' }),
    resource: guardian.surroundings.config.resources[0] as ParsedResource,
    fetch: async () => {
      sent += 1
      const headers = { 'www-authenticate': challenge }
      return new Response('stronger, please', { status: 401, headers })
    },
    waitUntil: guardian.waitUntil,
    ...(page !== undefined && { page }),
  })
}

const stepUps = (): StepUp[] =>
  guardian.events.flatMap((event) => (event.type === 'stepup' ? [event.stepUp] : []))
const codes = (): string[] =>
  guardian.events.flatMap((event) => (event.type === 'error' ? [event.error.code] : []))

async function stepUp(
  login: LoginParameters = { acrValues: ['gold'], maxAge: 300 },
): Promise<void> {
  const now = guardian.surroundings.wire.now()
  guardian.server.claims = { acr: 'gold', auth_time: now, iat: now }
  await guardian.signIn(login)
}

describe('an API that asks for a stronger sign-in', () => {
  test.each(['Bearer', 'bearer', 'DPoP', 'DPOP'])(
    'in the scheme %s is not asked again, nothing is refreshed, and its answer is the page’s',
    async (scheme) => {
      const response = await refusedCall(`Basic realm="x", ${scheme} ${GOLD}`)
      expect(response.status).toBe(401)
      expect(await response.text()).toBe('stronger, please')
      expect(sent).toBe(1)
      expect(guardian.server.count('token', 'refresh_token')).toBe(0)
      expect(guardian.events).toEqual([
        {
          type: 'stepup',
          client: 'default',
          stepUp: {
            acrValues: ['gold'],
            maxAge: 300,
            resource: API,
            client: 'default',
            attempts: 0,
          },
        },
      ])
    },
  )

  test('is heard once for many requests at once, and again a little later', async () => {
    await Promise.all(Array.from({ length: 50 }, () => refusedCall()))
    expect(stepUps()).toHaveLength(1)
    guardian.pass(2)
    await refusedCall()
    expect(stepUps()).toHaveLength(2)
  })

  test('is heard by the page that asked, each of two pages', async () => {
    const told: (string | undefined)[] = []
    guardian = await guardianInTest(
      {},
      { tell: (event, page) => void told.push(event.type === 'stepup' ? page : '') },
    )
    await guardian.signIn()
    told.length = 0
    await refusedCall(undefined, 'page-1')
    await refusedCall(undefined, 'page-2')
    expect(told).toEqual(['page-1', 'page-2'])
  })

  test('says nothing to a page where nobody is signed in', async () => {
    await guardian.core.signOut.begin('default', { localOnly: true }, guardian.waitUntil)
    guardian.events.length = 0
    await refusedCall()
    expect(guardian.events).toEqual([])
  })

  test('is announced also when it says so after a refreshed token', async () => {
    const answers = [
      new Response(null, {
        status: 401,
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      }),
      new Response(null, { status: 401, headers: { 'www-authenticate': `Bearer ${GOLD}` } }),
    ]
    await guardian.core.apiRequests.answer({
      request: new Request(`${API}me`),
      resource: guardian.surroundings.config.resources[0] as ParsedResource,
      fetch: async () => answers.shift() as Response,
      waitUntil: guardian.waitUntil,
    })
    expect(guardian.server.count('token', 'refresh_token')).toBe(1)
    expect(stepUps()).toMatchObject([{ attempts: 0 }])
  })

  test('somewhere else, at the end of a redirect, says nothing about this session', async () => {
    const response = new Response(null, {
      status: 401,
      headers: { 'www-authenticate': `Bearer ${GOLD}` },
    })
    for (const [name, value] of Object.entries({
      url: 'https://evil.example/x',
      redirected: true,
    })) {
      Object.defineProperty(response, name, { value })
    }
    await guardian.core.apiRequests.answer({
      request: new Request(`${API}me`),
      resource: guardian.surroundings.config.resources[0] as ParsedResource,
      fetch: async () => response,
      waitUntil: guardian.waitUntil,
    })
    expect(guardian.events).toEqual([])
  })
})

describe('after a stronger sign-in', () => {
  test('a refusal says that it was in vain, a few times; then an error says so, and no step-up is announced', async () => {
    for (const attempts of [1, 2]) {
      await stepUp()
      guardian.events.length = 0
      await refusedCall()
      expect(stepUps()).toMatchObject([{ attempts }])
      expect(codes()).toEqual([])
    }
    await stepUp()
    guardian.events.length = 0
    await refusedCall()
    expect(stepUps()).toEqual([])
    expect(codes()).toEqual(['step-up-failed'])
    expectNoSecret(guardian.events)
  })

  test('the count outlives the worker and a refresh', async () => {
    await stepUp()
    await guardian.core.refresher.refresh('default', await guardian.stored())
    guardian.restart()
    guardian.events.length = 0
    await refusedCall()
    expect(stepUps()).toMatchObject([{ attempts: 1 }])
  })

  test('a requirement that it did not ask for is a new one', async () => {
    await stepUp()
    guardian.events.length = 0
    await refusedCall('Bearer error="insufficient_user_authentication", acr_values="platinum"')
    await refusedCall('Bearer error="insufficient_user_authentication", max_age="10"')
    expect(stepUps().map(({ attempts }) => attempts)).toEqual([0, 0])
  })

  test('one of several values, and a shorter age, answer the requirement', async () => {
    await stepUp({ acrValues: ['gold'], maxAge: 10 })
    guardian.events.length = 0
    await refusedCall(
      'Bearer error="insufficient_user_authentication", acr_values="platinum gold", max_age="300"',
    )
    expect(stepUps()).toMatchObject([{ attempts: 1 }])
  })

  test('that has grown older than max_age the same requirement is a new one', async () => {
    guardian.server.tokens = { expires_in: 3600 }
    await stepUp()
    guardian.pass(400)
    guardian.events.length = 0
    await refusedCall()
    expect(stepUps()).toMatchObject([{ attempts: 0 }])
  })

  test('a later one is not another attempt at the same', async () => {
    guardian.server.tokens = { expires_in: 36_000 }
    await stepUp({ acrValues: ['gold'] })
    guardian.pass(1000)
    await stepUp({ acrValues: ['gold'] })
    guardian.events.length = 0
    await refusedCall('Bearer error="insufficient_user_authentication", acr_values="gold"')
    expect(stepUps()).toMatchObject([{ attempts: 1 }])
  })

  test('a requirement without any values is not announced for ever either', async () => {
    const bare = 'Bearer error="insufficient_user_authentication"'
    const seen: (number | undefined)[] = []
    for (let round = 0; round < 4; round += 1) {
      guardian.events.length = 0
      await refusedCall(bare)
      seen.push(stepUps()[0]?.attempts)
      await guardian.signIn()
    }
    expect(seen).toEqual([0, 1, 2, undefined])
    expect(codes()).toEqual(['step-up-failed'])
  })
})

describe('a sign-in that asks for acrValues', () => {
  test.each([undefined, 'silver', 'GOLD', 7, ['gold']])(
    'fails when the ID Token’s acr is %j, and the session of before stays',
    async (acr) => {
      const before = await guardian.stored()
      guardian.server.claims = { acr }
      guardian.events.length = 0
      await guardian.signIn({ acrValues: ['gold', 'platinum'] })
      expect(codes()).toEqual(['id-token-acr'])
      expect(await guardian.stored()).toEqual(before)
    },
  )

  test('succeeds with any of them, and without them whatever the acr is', async () => {
    guardian.server.claims = { acr: 'platinum' }
    await guardian.signIn({ acrValues: ['gold', 'platinum'] })
    await guardian.signIn()
    expect(codes()).toEqual([])
  })

  test('is checked by the frame of a vault, to which its response is handed over', async () => {
    const { frame, top, handedOver } = await vaultInTest()
    const appOrigin = 'https://app.example'
    const signIn = async (acr: string): Promise<void> => {
      frame.server.claims = { acr }
      const url = new URL(
        await frame.core.signIn.begin('default', { acrValues: ['gold'] }, { appOrigin }),
      )
      const { answerNavigation } = await import('./navigations.ts')
      const asked = await answerNavigation(top.core, 'login', url, undefined, top.waitUntil)
      expect(new URL(asked).searchParams.get('acr_values')).toBe('gold')
      const response = frame.server.authorize(asked)
      const redirectUri = 'https://vault.example/auth/callback'
      await top.core.completion.finish(
        { parameters: response, mode: 'query', redirectUri },
        top.waitUntil,
      )
      await top.settled()
      const handOver = handedOver.at(-1)
      if (handOver) await frame.core.completion.receive(handOver, appOrigin, frame.waitUntil)
      await frame.settled()
    }
    await signIn('silver')
    expect(await frame.tokens.read('default')).toBeUndefined()
    expect(frame.events).toMatchObject([{ error: { code: 'id-token-acr' } }])
    await signIn('gold')
    expect((await frame.stored()).tokens.stepUp).toMatchObject({ acrValues: ['gold'], attempts: 1 })
  })
})

describe('a 403 with insufficient_scope', () => {
  test('is the page’s, with no refresh, and an error names the scope', async () => {
    const response = await guardian.core.apiRequests.answer({
      request: new Request(`${API}me`),
      resource: guardian.surroundings.config.resources[0] as ParsedResource,
      fetch: async () =>
        new Response('no', {
          status: 403,
          headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="admin x"' },
        }),
      waitUntil: guardian.waitUntil,
    })
    expect(await response.text()).toBe('no')
    expect(guardian.server.count('token', 'refresh_token')).toBe(0)
    expect(guardian.events).toMatchObject([
      {
        type: 'error',
        client: 'default',
        error: { code: 'insufficient-scope', status: 403, scope: ['admin', 'x'] },
      },
    ])
  })
})
