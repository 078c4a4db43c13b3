import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { MARK, json, offline } from '../../e2e/unit/fake-server.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'
import { protocolInTest, type ProtocolInTest } from '../../e2e/unit/protocol-in-test.ts'
import { base64Url, makeSigningKey } from '../../e2e/unit/signing-key.ts'
import { checkSignedResponse, isSignedResponse, statesIn } from './signed-response.ts'

const STATE = 'the-state'
const ASKED = `${ISSUER}/authorize?state=${STATE}`

let protocol: ProtocolInTest

beforeEach(async () => {
  protocol = await protocolInTest({ responseMode: 'query.jwt' })
})

const check = (response: URLSearchParams, state = STATE): Promise<URLSearchParams> =>
  checkSignedResponse(protocol.metadata, response, state, protocol.wire)

const signed = (more: object = {}, header: object = {}): Promise<URLSearchParams> =>
  protocol.server.signedResponse(ASKED, more, header)

const now = (): number => Math.floor(Date.now() / 1000)

describe('checkSignedResponse', () => {
  test('gives out the code of a good response, with keys that are loaded once', async () => {
    expect((await check(await signed())).get('code')).toMatch(`code-${MARK}`)
    await check(await signed({ aud: ['app', 'other'], iat: now(), session_state: 'x' }))
    expect(protocol.server.count('jwks')).toBe(1)
  })

  test('does so with every algorithm that ID Tokens may have', async () => {
    for (const alg of ['RS256', 'ES256'] as const) {
      protocol.server.key = await makeSigningKey(alg)
      protocol.server.published = [protocol.server.key]
      expect((await check(await signed())).get('code')).toMatch(`code-${MARK}`)
    }
  })

  test.each([
    ['of another audience', { aud: 'other' }],
    ['for another client whose name is longer', { aud: 'app2' }],
    ['without audience', { aud: undefined }],
    ['without issuer', { iss: undefined }],
    ['without expiry', { exp: undefined }],
    ['with an expiry that is a text', { exp: '9999999999' }],
    ['that is expired', { exp: 1 }],
    ['that is not valid yet', { nbf: now() + 3600 }],
    ['with another state', { state: 'other' }],
    ['without state', { state: undefined }],
    ['with a state that is a list', { state: [STATE] }],
    ['with a signed response inside', { response: 'x.y.z' }],
    ['of an implicit flow', { token: MARK }],
    ['of a hybrid flow', { id_token: MARK }],
  ])('refuses a response %s', async (_what, claims) => {
    await expectFailure(check(await signed(claims)), 'invalid-signed-response')
  })

  test.each([
    ['another issuer', { iss: 'https://evil.example' }],
    ['an issuer with a slash more', { iss: `${ISSUER}/` }],
  ])('refuses %s', async (_what, claims) => {
    await expectFailure(check(await signed(claims)), 'issuer-mismatch')
  })

  test.each([
    ['no code', { code: undefined }],
    ['an empty code', { code: '' }],
    ['a code that is a list', { code: [MARK] }],
  ])('refuses a response with %s', async (_what, claims) => {
    await expectFailure(check(await signed(claims)), 'invalid-response')
  })

  test('refuses a signature of another key with the same id', async () => {
    const { kid } = protocol.server.key
    protocol.server.key = await makeSigningKey()
    await expectFailure(check(await signed({}, { kid })), 'invalid-signed-response')
  })

  test('refuses claims that were changed after they were signed', async () => {
    const [header, payload, signature] = ((await signed()).get('response') ?? '').split('.')
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as object
    const changed = base64Url({ ...claims, code: 'injected' })
    const response = new URLSearchParams({ response: `${header}.${changed}.${signature}` })
    await expectFailure(check(response), 'invalid-signed-response')
  })

  test.each([
    ['none', { alg: 'none' }],
    ['a shared secret', { alg: 'HS256' }],
    ['a critical extension', { crit: ['x'], x: 1 }],
  ])('refuses %s', async (_what, header) => {
    await expectFailure(check(await signed({}, header)), 'invalid-signed-response')
  })

  test('refuses what the metadata allows and the configuration does not', async () => {
    protocol = await protocolInTest({ responseMode: 'query.jwt', idTokenSigningAlgs: ['RS256'] })
    await expectFailure(check(await signed()), 'invalid-signed-response')
    protocol.server.metadata['authorization_signing_alg_values_supported'] = ['ES256', 'none']
    await expectFailure(check(await signed()), 'invalid-signed-response')
  })

  test.each([
    ['an encrypted one', 'a.b.c.d.e'],
    ['two parts', 'a.b'],
    ['no JSON', 'YQ.YQ.YQ'],
    ['nothing', ''],
    ['a code', `code-${MARK}`],
  ])('refuses %s', async (_what, response) => {
    await expectFailure(check(new URLSearchParams({ response })), 'invalid-signed-response')
  })

  test('refuses two responses, also twice the same', async () => {
    const response = await signed()
    response.append('response', response.get('response') ?? '')
    await expectFailure(check(response), 'invalid-signed-response')
  })

  test('refuses a plain response', async () => {
    const plain = protocol.server.authorize(ASKED)
    await expectFailure(check(plain), 'invalid-signed-response')
  })

  test('loads the keys again for a key that is not known yet, and once for one that nobody knows', async () => {
    await check(await signed())
    protocol.server.key = await makeSigningKey()
    protocol.server.published = [protocol.server.key]
    expect((await check(await signed())).get('code')).toMatch(`code-${MARK}`)
    expect(protocol.server.count('jwks')).toBe(2)
    protocol.server.key = await makeSigningKey()
    await expectFailure(check(await signed()), 'key-not-found')
  })

  test.each([
    ['there is no network', offline],
    ['the server answers 503', () => new Response(MARK, { status: 503 })],
  ])('says that the keys could not be loaded when %s', async (_what, answer) => {
    protocol.server.answer('jwks', answer)
    await expectFailure(check(await signed()), 'metadata-unreachable')
  })

  test.each([
    ['access_denied', 'access-denied'],
    ['login_required', 'login-required'],
    ['server_error', 'authorization-failed'],
  ] as const)('gives a signed %s its code, and an unsigned one none', async (error, code) => {
    const claims = { error, error_description: MARK, code: undefined }
    expect(await expectFailure(check(await signed(claims)), code)).toMatchObject({
      oauthError: error,
    })
    const { kid } = protocol.server.key
    protocol.server.key = await makeSigningKey()
    await expectFailure(check(await signed(claims, { kid })), 'invalid-signed-response')
  })

  test('says at discovery when there are no keys to check with', async () => {
    const { server } = protocol
    server.answer('openid-configuration', () => json({ ...server.metadata, jwks_uri: undefined }))
    const { loadMetadata } = await import('./load-metadata.ts')
    const client = { ...protocol.client, scope: ['api'] }
    await expectFailure(loadMetadata(client, protocol.wire), 'metadata-invalid')
  })
})

test('a response is a signed one when it has nothing that belongs inside', async () => {
  expect(isSignedResponse(await signed())).toBe(true)
  expect(isSignedResponse(new URLSearchParams('response='))).toBe(true)
  for (const beside of ['code=x', 'state=x', 'error=x']) {
    expect(isSignedResponse(new URLSearchParams(`response=a.b.c&${beside}`))).toBe(false)
  }
  expect(isSignedResponse(new URLSearchParams())).toBe(false)
})

test('the state is found in any text that is like a JWT, and nowhere else', async () => {
  expect(statesIn(await signed())).toEqual([STATE])
  for (const jwt of ['', 'a', 'a.b.c', `x.${base64Url({ state: 7 })}.y`, `x.${base64Url([])}.y`]) {
    expect(statesIn(new URLSearchParams({ response: jwt }))).toEqual([])
  }
})
