import { describe, expect, test } from 'vitest'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { MARK, json, offline, opaqueRedirect } from '../../e2e/unit/fake-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP, ISSUER, VAULT } from '../../e2e/unit/parsed-config.ts'
import { vaultInTest } from '../../e2e/unit/vault-in-test.ts'
import type { PushedRequests } from '../../src/contract/config.ts'
import { readCarried, type HandOver } from './hand-over.ts'
import { answerNavigation } from './navigations.ts'

const PAR = { pushed_authorization_request_endpoint: `${ISSUER}/par` }

async function guardianThat(
  par: PushedRequests | undefined,
  metadata: Record<string, unknown> = PAR,
): Promise<GuardianInTest> {
  const clients = { issuer: ISSUER, clientId: 'app', ...(par && { par }) }
  const guardian = await guardianInTest({ clients })
  Object.assign(guardian.server.metadata, metadata)
  return guardian
}

const landing = (guardian: GuardianInTest) =>
  guardian.ledger.takeLanding(guardian.surroundings.wire.now())

const required = { ...PAR, require_pushed_authorization_requests: true }

test.each<[string, PushedRequests | undefined, Record<string, unknown>]>([
  ['the configuration', 'required', PAR],
  ['the metadata, by default', undefined, required],
  ['the metadata, with auto', 'auto', required],
])('pushes the request when %s says so, and signs in', async (_what, par, metadata) => {
  const guardian = await guardianThat(par, metadata)
  const url = new URL(await guardian.startSignIn({ loginHint: `ada-${MARK}` }))
  expect(url.origin + url.pathname).toBe(`${ISSUER}/authorize`)
  expect([...url.searchParams.keys()]).toEqual(['client_id', 'request_uri'])
  expect(guardian.server.count('par')).toBe(1)
  const pushed = guardian.server.requests.find(({ endpoint }) => endpoint === 'par')
  expect(Object.fromEntries(pushed?.form ?? [])).toMatchObject({
    client_id: 'app',
    response_type: 'code',
    redirect_uri: `${APP}/auth/callback`,
    login_hint: `ada-${MARK}`,
    code_challenge_method: 'S256',
  })
  expect(pushed?.url).toBe(`${ISSUER}/par`)
  expect(pushed?.init).toMatchObject({ method: 'POST', credentials: 'omit', redirect: 'manual' })
  expect(pushed?.init.signal).toBeInstanceOf(AbortSignal)
  await guardian.signIn()
  expect(await guardian.stored()).toBeDefined()
})

test.each<[string, PushedRequests | undefined, Record<string, unknown>]>([
  ['by default, although it could', undefined, PAR],
  ['with never', 'never', PAR],
  ['for a server without the endpoint', 'auto', {}],
])('pushes nothing %s', async (_what, par, metadata) => {
  const guardian = await guardianThat(par, metadata)
  const url = new URL(await guardian.startSignIn())
  expect(url.searchParams.get('state')).toMatch(/.{43}/)
  expect(url.searchParams.has('request_uri')).toBe(false)
  expect(guardian.server.count('par')).toBe(0)
})

test.each<[string, PushedRequests, Record<string, unknown>]>([
  ['required, of a server without the endpoint', 'required', {}],
  ['required by the server, which has no endpoint', 'auto', { ...required, ...without() }],
  ['required by the server and never wanted', 'never', required],
])('says at once when it is %s', async (_what, par, metadata) => {
  const guardian = await guardianThat(par, metadata)
  await expectFailure(guardian.core.signIn.begin('default', {}), 'request-unsupported')
  expect(guardian.server.count('par')).toBe(0)
})

function without(): Record<string, unknown> {
  return { pushed_authorization_request_endpoint: undefined }
}

test('does not go without it when the metadata came to require it after the sign-in began', async () => {
  const guardian = await guardianThat('never')
  const path = await guardian.core.signIn.begin('default', {})
  Object.assign(guardian.server.metadata, required)
  guardian.restart()
  const id = new URL(path, APP).searchParams.get('request') ?? ''
  expect(await guardian.core.signIn.start(id)).toBe(`${APP}/#_`)
  expect(await landing(guardian)).toMatchObject({ error: { code: 'request-unsupported' } })
})

describe('a push that fails lands with an error, is not repeated, and sends nobody anywhere:', () => {
  test.each([
    ['an OAuth error', () => json({ error: 'invalid_scope', error_description: MARK }, 400)],
    ['a 401 with a challenge', () => challenge()],
    ['an HTML page', () => new Response(`<p>${MARK}`, { status: 400 })],
    ['a redirect', opaqueRedirect],
    ['no JSON', () => new Response(MARK, { status: 201 })],
    ['no request_uri', () => json({ expires_in: 60 }, 201)],
    ['an empty request_uri', () => json({ request_uri: '', expires_in: 60 }, 201)],
    ['a request_uri that is a list', () => json({ request_uri: [MARK], expires_in: 60 }, 201)],
    ['another status', () => json({ request_uri: `urn:${MARK}`, expires_in: 60 }, 202)],
  ] as const)('par-refused for %s', async (_what, answer) => {
    const guardian = await guardianThat('required')
    guardian.server.answer('par', answer)
    expect(await guardian.startSignIn({ returnTo: '/orders' })).toBe(`${APP}/orders#_`)
    const landed = await landing(guardian)
    expect(landed).toMatchObject({ error: { code: 'par-refused', retryable: false } })
    expectNoSecret([landed, guardian.events])
    expect(guardian.server.count('par')).toBe(1)
  })

  test('with the server’s code', async () => {
    const guardian = await guardianThat('required')
    guardian.server.answer('par', () => json({ error: 'invalid_scope' }, 400))
    await guardian.startSignIn()
    expect(await landing(guardian)).toMatchObject({
      error: { oauthError: 'invalid_scope', status: 400, phase: 'authorization' },
    })
  })

  test.each([
    ['no network or no CORS', offline],
    ['a 503', () => new Response(MARK, { status: 503 })],
  ])('par-unreachable for %s, and the next attempt works', async (_what, answer) => {
    const guardian = await guardianThat('required')
    guardian.server.answer('par', answer)
    const path = await guardian.core.signIn.begin('default', {})
    const id = new URL(path, APP).searchParams.get('request') ?? ''
    expect(await guardian.core.signIn.start(id)).toBe(`${APP}/#_`)
    const landed = await landing(guardian)
    expect(landed).toMatchObject({ error: { code: 'par-unreachable', retryable: true } })
    expectNoSecret([landed, guardian.events])
    expect(guardian.server.count('par')).toBe(1)
    guardian.server.answer('par')
    expect(await guardian.core.signIn.start(id)).toContain('request_uri=')
  })
})

test('a request that was pushed is completed in another life of the worker', async () => {
  const guardian = await guardianThat('required')
  const url = await guardian.startSignIn()
  guardian.restart()
  const parameters = guardian.server.authorize(url)
  const delivery = { parameters, mode: 'query', redirectUri: `${APP}/auth/callback` } as const
  await guardian.core.completion.finish(delivery, guardian.waitUntil)
  await guardian.settled()
  expect(await guardian.stored()).toBeDefined()
})

test('with a vault the top level pushes, with the challenge of the frame, which exchanges', async () => {
  const { frame, top, handedOver } = await vaultInTest({
    clients: { issuer: ISSUER, clientId: 'app', par: 'required' },
  })
  Object.assign(frame.server.metadata, PAR)
  const url = new URL(await frame.core.signIn.begin('default', {}, { appOrigin: APP }))
  const carried = readCarried(url.searchParams.get('carry'))
  const asked = await answerNavigation(top.core, 'login', url, undefined, top.waitUntil)
  const pushed = frame.server.requests.find(({ endpoint }) => endpoint === 'par')
  expect(pushed?.form.get('code_challenge')).toBe(carried?.challenge)
  const callback = new URL(`${VAULT}/auth/callback?${frame.server.authorize(asked)}`)
  await answerNavigation(top.core, 'callback', callback, undefined, top.waitUntil)
  const handOver = handedOver[0] as HandOver
  await frame.core.completion.receive(handOver, APP, frame.waitUntil)
  await frame.settled()
  expect(await frame.stored()).toBeDefined()
})

test('the transaction is written before the request is pushed', async () => {
  const guardian = await guardianThat('required')
  let known: number | undefined
  guardian.server.answer('par', () => {
    known = guardian.ledger.transactions.size
    return offline()
  })
  await guardian.startSignIn()
  expect(known).toBe(1)
})

function challenge(): Response {
  return new Response('', { status: 401, headers: { 'www-authenticate': `Basic realm="${MARK}"` } })
}
