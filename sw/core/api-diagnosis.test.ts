import { beforeEach, describe, expect, test } from 'vitest'
import { expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { json, offline } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { API, ISSUER } from '../../e2e/unit/parsed-config.ts'
import type { ParsedResource } from '../../src/contract/config.ts'
import type { AuthErrorWire } from '../../src/contract/errors.ts'
import { makeProofKey } from '../protocol/proof-key.ts'
import { ApiDiagnosis } from './api-diagnosis.ts'

const INVALID = 'Bearer error="invalid_token"'
const RESOURCE = { resource: API }

let guardian: GuardianInTest

beforeEach(async () => {
  guardian = await guardianInTest()
  await guardian.signIn()
  guardian.events.length = 0
})

async function call(challenge = INVALID, status = 401): Promise<Response> {
  const response = await guardian.core.apiRequests.answer({
    request: new Request(`${API}me`),
    resource: guardian.surroundings.config.resources[0] as ParsedResource,
    fetch: async () => new Response('no', { status, headers: { 'www-authenticate': challenge } }),
    waitUntil: guardian.waitUntil,
  })
  await guardian.settled()
  return response
}

const describes = (metadata: object): void =>
  guardian.server.answer('oauth-protected-resource', () => json({ ...RESOURCE, ...metadata }))
const errors = (): AuthErrorWire[] =>
  guardian.events.flatMap((event) => (event.type === 'error' ? [event.error] : []))
const codes = (): string[] => errors().map(({ code }) => code)

describe('an API that refuses a token also after a refresh', () => {
  test('and trusts other servers only', async () => {
    describes({ authorization_servers: ['https://other.example', `${ISSUER}/`] })
    const response = await call()
    expect(await response.text()).toBe('no')
    expect(codes()).toEqual(['issuer-not-accepted'])
    expect(errors()[0]).toMatchObject({ phase: 'api', status: 401 })
    // What others wrote is not repeated in a message.
    expect(errors()[0]?.message).not.toContain('other.example')
    expectNoSecret(guardian.events)
  })

  test('and wants DPoP', async () => {
    describes({ authorization_servers: [ISSUER], dpop_bound_access_tokens_required: true })
    await call()
    expect(codes()).toEqual(['dpop-required'])
  })

  test('and wants DPoP, which the token has: then that is not the reason', async () => {
    describes({ authorization_servers: [ISSUER], dpop_bound_access_tokens_required: true })
    const { surroundings } = guardian
    const stored = await surroundings.tokens.read('default')
    if (!stored) throw new Error('No session')
    const bound = { ...stored, tokens: { ...stored.tokens, proofKey: await makeProofKey() } }
    const resource = surroundings.config.resources[0] as ParsedResource
    const error = await new ApiDiagnosis(surroundings).explain(resource, bound, undefined)
    expect(error.code).toBe('token-refused')
  })

  test('and works with scopes that the token does not have', async () => {
    describes({ scopes_supported: ['read', 'write'] })
    await call()
    expect(errors()).toMatchObject([{ code: 'insufficient-scope', scope: ['read', 'write'] }])
  })

  test.each([
    [
      'says nothing that explains it',
      () => json({ ...RESOURCE, authorization_servers: [ISSUER], scopes_supported: ['openid'] }),
    ],
    ['has no metadata', () => new Response(null, { status: 404 })],
    [
      'is about another resource',
      () => json({ resource: 'https://other.example', authorization_servers: [] }),
    ],
    ['cannot be asked', offline],
  ])('and %s', async (_what, answer) => {
    guardian.server.answer('oauth-protected-resource', answer)
    await call()
    expect(codes()).toEqual(['token-refused'])
  })

  test('is asked once in a life of the worker, and without a token', async () => {
    for (let round = 0; round < 3; round += 1) {
      await call()
      guardian.pass(30)
    }
    expect(codes()).toEqual(['token-refused', 'token-refused', 'token-refused'])
    const asked = (): readonly RequestInit[] =>
      guardian.server.requests
        .filter(({ endpoint }) => endpoint === 'oauth-protected-resource')
        .map(({ init }) => init)
    expect(asked()).toHaveLength(1)
    expectNoSecret(asked())
    guardian.restart()
    await call()
    expect(asked()).toHaveLength(2)
  })

  test('is explained once for many requests at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => call()))
    expect(codes()).toEqual(['token-refused'])
  })

  test('does not keep the page waiting for the explanation', async () => {
    guardian.server.answer('oauth-protected-resource', () => new Promise<Response>(() => undefined))
    const response = await guardian.core.apiRequests.answer({
      request: new Request(`${API}me`),
      resource: guardian.surroundings.config.resources[0] as ParsedResource,
      fetch: async () =>
        new Response('no', { status: 401, headers: { 'www-authenticate': INVALID } }),
      waitUntil: () => undefined,
    })
    expect(response.status).toBe(401)
  })
})

describe('nothing is asked and nothing explained', () => {
  test('when the refresh failed: the token is not new', async () => {
    guardian.server.answer('token', offline)
    await call(`${INVALID}, resource_metadata="https://api.example/about"`)
    expect(guardian.server.count('oauth-protected-resource')).toBe(0)
    expect(codes()).toEqual([])
  })

  test('for a 403, and for a 401 without an error or an offer', async () => {
    await call(`Bearer resource_metadata="https://api.example/about"`, 403)
    await call('Bearer')
    await call('Basic realm="x"')
    expect(guardian.server.count('oauth-protected-resource')).toBe(0)
    expect(codes()).toEqual([])
  })
})

test('an API that refuses for no reason and offers its metadata is asked there', async () => {
  const offer =
    'Bearer resource_metadata="https://api.example/.well-known/oauth-protected-resource/x"'
  describes({ authorization_servers: [] })
  await call(offer)
  expect(guardian.server.requests.at(-1)?.url).toBe(
    'https://api.example/.well-known/oauth-protected-resource/x',
  )
  expect(codes()).toEqual(['issuer-not-accepted'])
})
