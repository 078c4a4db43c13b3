import { describe, expect, test } from 'vitest'
import { decodeJws } from '../../src/testing/server/jws.ts'
import { json } from '../../e2e/unit/fake-server.ts'
import { guardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP, ISSUER } from '../../e2e/unit/parsed-config.ts'
import { VAULT, vaultInTest } from '../../e2e/unit/vault-in-test.ts'
import type { ParsedResource } from '../../src/contract/config.ts'
import { answerNavigation } from './navigations.ts'

const client = {
  issuer: ISSUER,
  clientId: 'app',
  dpop: 'required',
  par: 'required',
  responseMode: 'query.jwt',
  userInfo: true,
  authorizationDetails: [{ type: 'orders' }],
} as const
const resources = [{ url: 'https://api.example/v1/', resource: 'urn:api', audience: 'api' }]

function prepare(server: {
  metadata: Record<string, unknown>
  tokens: Record<string, unknown>
  answer: Function
}): void {
  Object.assign(server.metadata, {
    dpop_signing_alg_values_supported: ['ES256'],
    pushed_authorization_request_endpoint: `${ISSUER}/par`,
    response_modes_supported: ['query', 'query.jwt'],
  })
  server.tokens = { token_type: 'DPoP' }
  server.answer('userinfo', () => json({ sub: 'user-1', email: 'ada@example.com' }))
}

describe('PAR, JARM, DPoP, UserInfo, RAR, resource', () => {
  test('same origin', async () => {
    const g = await guardianInTest({ clients: client, resources })
    prepare(g.server)
    const url = await g.startSignIn({ acrValues: ['gold'], maxAge: 60 })
    expect([...new URL(url).searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri'])
    const pushed = g.server.requests.find(({ endpoint }) => endpoint === 'par')!.form
    expect(pushed.get('dpop_jkt')).toMatch(/.{43}/)
    expect(pushed.get('response_mode')).toBe('query.jwt')
    expect(pushed.getAll('resource')).toEqual(['urn:api'])
    expect(pushed.get('audience')).toBe('api')
    expect(pushed.get('authorization_details')).toBe('[{"type":"orders"}]')
    const parameters = await g.server.signedResponse(url)
    g.server.claims = { acr: 'gold', auth_time: Math.floor(Date.now() / 1000) }
    await g.core.completion.finish(
      { parameters, mode: 'query.jwt', redirectUri: `${APP}/auth/callback` },
      g.waitUntil,
    )
    await g.settled()
    expect(g.events.filter(({ type }) => type === 'error')).toEqual([])
    const { tokens } = await g.stored()
    expect(await tokens.proofKey?.thumbprint()).toBe(pushed.get('dpop_jkt'))
    expect(tokens.user).toMatchObject({ email: 'ada@example.com' })
    g.server.claims = {}
    const stepUp = tokens.stepUp
    await g.core.refresher.refresh('default', await g.stored())
    const next = (await g.stored()).tokens
    expect(next.proofKey).toBeDefined()
    expect(next.stepUp).toEqual(stepUp)
    expect(next.user).toMatchObject({ email: 'ada@example.com' })
    const refresh = g.server.requests.findLast(({ endpoint }) => endpoint === 'token')!
    expect(refresh.form.getAll('resource')).toEqual(['urn:api'])
    // A step-up with the scheme DPoP, and a nonce demanded at once.
    let n = 0
    const resource = g.surroundings.config.resources[0] as ParsedResource
    const answer = await g.core.apiRequests.answer({
      request: new Request('https://api.example/v1/x', { method: 'POST', body: 'b' }),
      resource,
      fetch: async (request) => {
        n += 1
        const nonce = decodeJws(request.headers.get('dpop') ?? '')?.payload['nonce']
        if (nonce !== 'n1')
          return new Response(null, {
            status: 401,
            headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'n1' },
          })
        expect(await request.text()).toBe('b')
        return new Response(null, {
          status: 401,
          headers: {
            'www-authenticate':
              'DPoP error="insufficient_user_authentication", acr_values="platinum"',
          },
        })
      },
      waitUntil: g.waitUntil,
    })
    expect([answer.status, n]).toEqual([401, 2])
    expect(g.events.at(-1)).toMatchObject({
      type: 'stepup',
      stepUp: { acrValues: ['platinum'], attempts: 0 },
    })
  })

  test('vault with a hand-over', async () => {
    const { frame, top, handedOver } = await vaultInTest({ clients: client, resources })
    prepare(frame.server)
    const url = new URL(await frame.core.signIn.begin('default', {}, { appOrigin: APP }), VAULT)
    const asked = await answerNavigation(top.core, 'login', url, undefined, top.waitUntil)
    const pushed = frame.server.requests.find(({ endpoint }) => endpoint === 'par')!.form
    const response = await frame.server.signedResponse(asked)
    await answerNavigation(
      top.core,
      'callback',
      new URL(`${VAULT}/auth/callback?${response}`),
      undefined,
      top.waitUntil,
    )
    await frame.core.completion.receive(handedOver[0]!, APP, frame.waitUntil)
    await frame.settled()
    expect(frame.events.filter(({ type }) => type === 'error')).toEqual([])
    const { tokens } = await frame.stored()
    expect(await tokens.proofKey?.thumbprint()).toBe(pushed.get('dpop_jkt'))
    expect(tokens.user).toMatchObject({ email: 'ada@example.com' })
  })

  test('login link, bound, in a vault with storage apart, enclosed userinfo and UserInfo over a refresh', async () => {
    const { frame, top, handedOver } = await vaultInTest({
      clients: { ...client, par: 'auto', loginLink: true, claims: ['email', 'plan', 'name'] },
      resources,
    })
    prepare(frame.server)
    frame.server.answer('authorize', () => new Response(null, { status: 204 }))
    await frame.core.loginLink.send('default', { loginHint: 'a@b' }, APP)
    const sent = frame.server.requests.find(({ endpoint }) => endpoint === 'authorize')!.url
    expect(new URL(sent).searchParams.get('dpop_jkt')).toMatch(/.{43}/)
    const response = await frame.server.signedResponse(sent)
    frame.server.tokens = { token_type: 'DPoP', userinfo: { sub: 'user-1', plan: 'free' } }
    await answerNavigation(
      top.core,
      'callback',
      new URL(`${VAULT}/auth/callback?${response}`),
      undefined,
      top.waitUntil,
    )
    await frame.core.completion.receive(handedOver[0]!, APP, frame.waitUntil)
    await frame.settled()
    expect(frame.events.filter(({ type }) => type === 'error')).toEqual([])
    expect((await frame.stored()).tokens.user).toEqual({
      sub: 'user-1',
      name: 'Ada',
      plan: 'free',
      email: 'ada@example.com',
    })
    frame.server.tokens = { token_type: 'DPoP' }
    await frame.core.refresher.refresh('default', await frame.stored())
    const { tokens } = await frame.stored()
    expect(tokens.user).toEqual({
      sub: 'user-1',
      name: 'Ada',
      plan: 'free',
      email: 'ada@example.com',
    })
    expect(await tokens.proofKey?.thumbprint()).toBe(new URL(sent).searchParams.get('dpop_jkt'))
  })
})
