import { describe, expect, test } from 'vitest'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP, ISSUER, VAULT } from '../../e2e/unit/parsed-config.ts'
import { vaultInTest } from '../../e2e/unit/vault-in-test.ts'
import type { ResponseMode } from '../../src/contract/config.ts'
import { answerNavigation } from './navigations.ts'

const guardianThat = (responseMode: ResponseMode): Promise<GuardianInTest> =>
  guardianInTest({ clients: { issuer: ISSUER, clientId: 'app', responseMode } })

/** Brings a response to the redirect URI in one of the ways. @returns where the browser lands */
async function deliver(
  guardian: GuardianInTest,
  way: string,
  response: URLSearchParams,
  origin = APP,
): Promise<string> {
  const mark = { query: '?', fragment: '#' }[way]
  const url = new URL(`${origin}/auth/callback${mark ? `${mark}${response}` : ''}`)
  const body = mark ? undefined : response
  const answer = await answerNavigation(guardian.core, 'callback', url, body, guardian.waitUntil)
  await guardian.settled()
  return answer
}

const landing = (guardian: GuardianInTest) =>
  guardian.ledger.takeLanding(guardian.surroundings.wire.now())

describe.each(['query', 'fragment', 'form_post'] as const)('by %s.jwt', (way) => {
  test('signs in, also in another life of the worker, and lands where the page wanted', async () => {
    const guardian = await guardianThat(`${way}.jwt`)
    const url = await guardian.startSignIn({ returnTo: '/orders' })
    expect(new URL(url).searchParams.get('response_mode')).toBe(`${way}.jwt`)
    guardian.restart()
    const response = await guardian.server.signedResponse(url)
    expect(await deliver(guardian, way, response)).toBe(`${APP}/orders#_`)
    expect(await landing(guardian)).toEqual({ client: 'default' })
    expect(await guardian.stored()).toBeDefined()
    expectNoSecret(guardian.events)
  })

  test('refuses a response that is not signed, without a token request', async () => {
    const guardian = await guardianThat(`${way}.jwt`)
    const url = await guardian.startSignIn()
    await deliver(guardian, way, guardian.server.authorize(url))
    expect(await landing(guardian)).toMatchObject({ error: { code: 'invalid-response' } })
    expect(guardian.server.count('token')).toBe(0)
  })

  test('is refused where plain responses are configured', async () => {
    const guardian = await guardianThat(way)
    const url = await guardian.startSignIn()
    await deliver(guardian, way, await guardian.server.signedResponse(url))
    expect(await landing(guardian)).toMatchObject({ error: { code: 'invalid-response' } })
    expect(guardian.server.count('token')).toBe(0)
  })
})

test.each([
  ['query.jwt', 'fragment'],
  ['fragment.jwt', 'query'],
  ['form_post.jwt', 'query'],
] as const)('a response of %s that comes by %s is refused', async (responseMode, way) => {
  const guardian = await guardianThat(responseMode)
  const url = await guardian.startSignIn()
  await deliver(guardian, way, await guardian.server.signedResponse(url))
  expect(await landing(guardian)).toMatchObject({ error: { code: 'invalid-response' } })
  expect(guardian.server.count('token')).toBe(0)
})

test('a plain response with the signed one beside it is refused', async () => {
  for (const responseMode of ['query', 'query.jwt'] as const) {
    const guardian = await guardianThat(responseMode)
    const url = await guardian.startSignIn()
    const both = await guardian.server.signedResponse(url)
    for (const [name, value] of guardian.server.authorize(url)) both.append(name, value)
    await deliver(guardian, 'query', both)
    expect(await landing(guardian)).toMatchObject({ error: { code: 'invalid-response' } })
    expect(guardian.server.count('token')).toBe(0)
  }
})

test('a second delivery, two responses, and one for a state that nobody waits for are refused', async () => {
  const guardian = await guardianThat('query.jwt')
  const response = await guardian.server.signedResponse(await guardian.startSignIn())
  await deliver(guardian, 'query', response)
  await landing(guardian)
  await deliver(guardian, 'query', response)
  expect(await landing(guardian)).toMatchObject({ error: { code: 'unknown-state' } })
  const twice = await guardian.server.signedResponse(await guardian.startSignIn())
  twice.append('response', twice.get('response') ?? '')
  await deliver(guardian, 'query', twice)
  expect(await landing(guardian)).toMatchObject({ error: { code: 'unknown-state' } })
  await deliver(guardian, 'query', new URLSearchParams({ response: 'a.b.c' }))
  expect(await landing(guardian)).toMatchObject({ error: { code: 'unknown-state' } })
  expect(guardian.server.count('token')).toBe(1)
})

test('the signature is checked before the code is used', async () => {
  const guardian = await guardianThat('query.jwt')
  const url = await guardian.startSignIn()
  const [header, payload] = (
    (await guardian.server.signedResponse(url)).get('response') ?? ''
  ).split('.')
  const unsigned = new URLSearchParams({ response: `${header}.${payload}.AAAA` })
  await deliver(guardian, 'query', unsigned)
  expect(await landing(guardian)).toMatchObject({ error: { code: 'invalid-signed-response' } })
  expect(guardian.server.count('token')).toBe(0)
  expect(await guardian.tokens.read('default')).toBeUndefined()
})

test('a server that says it has no such mode is not asked', async () => {
  const guardian = await guardianThat('fragment.jwt')
  guardian.server.metadata['response_modes_supported'] = ['query', 'fragment', 'query.jwt']
  await expectFailure(guardian.core.signIn.begin('default', {}), 'request-unsupported')
})

test('a vault hands a signed response over to the frame, which checks it', async () => {
  const client = { issuer: ISSUER, clientId: 'app', responseMode: 'form_post.jwt' } as const
  const { frame, top, handedOver } = await vaultInTest({ clients: client })
  const begin = async (): Promise<string> => {
    const url = new URL(await frame.core.signIn.begin('default', {}, { appOrigin: APP }))
    return answerNavigation(top.core, 'login', url, undefined, top.waitUntil)
  }
  const receive = async (): Promise<void> => {
    const handOver = handedOver.at(-1)
    if (handOver === undefined) throw new Error('Nothing was handed over')
    await frame.core.completion.receive(handOver, APP, frame.waitUntil)
    await frame.settled()
  }
  const response = await frame.server.signedResponse(await begin())
  expect(await deliver(top, 'form_post', response, VAULT)).toBe(`${APP}/#_`)
  await receive()
  expect(await frame.stored()).toBeDefined()

  // Whoever hands over a plain response instead gets no further.
  const plain = frame.server.authorize(await begin())
  const state = plain.get('state') ?? ''
  const errand = [...frame.ledger.errands.keys()].at(-1) ?? ''
  const { proof } = frame.ledger.errands.get(errand)?.value ?? {}
  const forged = { errand, appOrigin: APP, client: 'default', state, response: plain.toString() }
  handedOver.push({ ...forged, ...(proof && { proof }) })
  const exchanges = frame.server.count('token')
  await landing(frame)
  await receive()
  expect(await landing(frame)).toMatchObject({ error: { code: 'invalid-signed-response' } })
  expect(frame.server.count('token')).toBe(exchanges)
})
