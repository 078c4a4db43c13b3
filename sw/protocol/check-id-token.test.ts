import { createHash, createHmac } from 'node:crypto'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { MARK, json, offline, opaqueRedirect } from '../../e2e/unit/fake-server.ts'
import { NONCE, protocolInTest, type ProtocolInTest } from '../../e2e/unit/protocol-in-test.ts'
import { base64Url, makeSigningKey } from '../../e2e/unit/signing-key.ts'
import type { AuthErrorCode } from '../../src/contract/errors.ts'

let protocol: ProtocolInTest

beforeEach(async () => {
  protocol = await protocolInTest()
})

const now = (): number => Math.floor(Date.now() / 1000)

/** Half of the access token's hash, as OpenID Connect Core section 3.1.3.6 wants it. */
function atHash(hash: 'sha256' | 'sha512'): string {
  const digest = createHash(hash).update(`at-${MARK}-2`).digest()
  return digest.subarray(0, digest.length / 2).toString('base64url')
}

/** Answers the token request with this ID Token. */
function answerWith(idToken: unknown): void {
  protocol.server.tokens = { id_token: idToken }
}

describe('an ID Token', () => {
  test.each(['RS256', 'PS256', 'ES256', 'ES512', 'EdDSA', 'Ed25519'] as const)(
    'signed with %s is accepted',
    async (alg) => {
      protocol.server.key = await makeSigningKey(alg)
      protocol.server.published = [protocol.server.key]
      expect(await protocol.exchange()).toMatchObject({ user: { sub: 'user-1' } })
      expect(protocol.server.count('jwks')).toBe(1)
    },
  )

  test.each<[string, Record<string, unknown>]>([
    ['aud as a list of one', { aud: ['app'] }],
    ['a second audience and the right azp', { aud: ['app', 'other'], azp: 'app' }],
    ['azp beside a single audience', { azp: 'app' }],
    ['auth_time 0', { auth_time: 0 }],
    ['an iat a little ahead, within the tolerance', { iat: now() + 20 }],
    ['an exp a little past, within the tolerance', { exp: now() - 20 }],
    ['nbf now', { nbf: now() }],
  ])('with %s is accepted', async (_what, claims) => {
    protocol.server.claims = claims
    await protocol.exchange()
  })

  test.each<[string, Record<string, unknown>, AuthErrorCode]>([
    ['another issuer', { iss: 'https://evil.example' }, 'id-token-issuer'],
    ['an issuer with a slash too many', { iss: 'https://as.example/' }, 'id-token-issuer'],
    ['no issuer', { iss: undefined }, 'id-token-malformed'],
    ['another audience', { aud: 'other' }, 'id-token-audience'],
    ['an empty list of audiences', { aud: [] }, 'id-token-audience'],
    ['no audience', { aud: undefined }, 'id-token-malformed'],
    ['a second audience without azp', { aud: ['app', 'other'] }, 'id-token-audience'],
    [
      'a second audience and another azp',
      { aud: ['app', 'other'], azp: 'other' },
      'id-token-audience',
    ],
    ['another azp beside a single audience', { azp: 'other' }, 'id-token-audience'],
    ['an azp that is not a text', { azp: ['app'] }, 'id-token-audience'],
    ['no sub', { sub: undefined }, 'id-token-malformed'],
    ['an empty sub', { sub: '' }, 'id-token-malformed'],
    ['a sub that is a number', { sub: 1 }, 'id-token-malformed'],
    ['no iat', { iat: undefined }, 'id-token-malformed'],
    ['an iat that is a text', { iat: '1' }, 'id-token-malformed'],
    ['no exp', { exp: undefined }, 'id-token-malformed'],
    ['an exp that is a text', { exp: '9999999999' }, 'id-token-malformed'],
    ['an exp in the past', { exp: now() - 40 }, 'id-token-time'],
    ['an nbf in the future', { nbf: now() + 60 }, 'id-token-time'],
    ['an iat in the future', { iat: now() + 60 }, 'id-token-time'],
    ['an old iat', { iat: now() - 700 }, 'id-token-time'],
    ['an iat in milliseconds', { iat: now() * 1000 }, 'id-token-time'],
    ['an iat that is not finite', { iat: Number.NaN }, 'id-token-malformed'],
    ['an exp that is not finite', { exp: Number.POSITIVE_INFINITY }, 'id-token-malformed'],
    ['an nbf that is a text', { nbf: '0' }, 'id-token-malformed'],
    ['an audience that is a number', { aud: 7 }, 'id-token-malformed'],
    ['its audience in another case', { aud: 'APP' }, 'id-token-audience'],
    ['the same audience twice, without azp', { aud: ['app', 'app'] }, 'id-token-audience'],
    ['no nonce', { nonce: undefined }, 'id-token-nonce'],
    ['another nonce', { nonce: 'other' }, 'id-token-nonce'],
    ['a nonce that is not a text', { nonce: [NONCE] }, 'id-token-nonce'],
    ['an auth_time that is a text', { auth_time: '1' }, 'id-token-malformed'],
    ['a wrong at_hash', { at_hash: 'x' }, 'id-token-hash'],
    ['an at_hash of the other length', { at_hash: atHash('sha512') }, 'id-token-hash'],
    ['an at_hash that is not a text', { at_hash: null }, 'id-token-hash'],
  ])('with %s is refused', async (_what, claims, code) => {
    protocol.server.claims = claims
    await expectFailure(protocol.exchange(), code)
  })

  test('of another sign-in (an unexpected nonce) is refused', async () => {
    protocol.server.claims = { nonce: NONCE }
    await expectFailure(protocol.exchange({}), 'id-token-nonce')
  })

  test.each<[string, unknown, AuthErrorCode]>([
    ['is missing', undefined, 'id-token-malformed'],
    ['is negative', -1, 'id-token-malformed'],
    ['is too old', now() - 400, 'id-token-time'],
    ['lies in the future', now() + 400, 'id-token-time'],
    ['is in milliseconds', now() * 1000, 'id-token-time'],
  ])(
    'is refused when the sign-in asked for max_age and auth_time %s',
    async (_what, authTime, code) => {
      protocol.server.claims = { auth_time: authTime }
      await expectFailure(protocol.exchange({ nonce: NONCE, maxAge: 300 }), code)
    },
  )

  test('is accepted when the sign-in asked for max_age and auth_time is recent', async () => {
    protocol.server.claims = { auth_time: now() - 10 }
    await protocol.exchange({ nonce: NONCE, maxAge: 300 })
  })

  test('is required when openid was asked for', async () => {
    answerWith(undefined)
    await expectFailure(protocol.exchange(), 'id-token-missing')
  })

  test.each([
    ['is not a JWT', `x${MARK}`],
    ['has two parts', 'eyJhbGciOiJFUzI1NiJ9.e30'],
    ['has a header that is not JSON', `eyJ${MARK}.e30.x`],
    ['has claims that are a list', `${base64Url({ alg: 'ES256' })}.${base64Url([])}.x`],
  ])('is refused when it %s', async (_what, idToken) => {
    answerWith(idToken)
    await expectFailure(protocol.exchange(), 'id-token-malformed')
  })

  test('that is encrypted is refused', async () => {
    answerWith('a.b.c.d.e')
    await expectFailure(protocol.exchange(), 'id-token-malformed')
  })

  test.each([1, [], {}, null, true, ''])('is refused when it is %j', async (idToken) => {
    answerWith(idToken)
    await expectFailure(protocol.exchange(), 'invalid-token-response')
  })
})

describe("an ID Token's signature", () => {
  const claims = (): object => ({
    iss: 'https://as.example',
    aud: 'app',
    sub: 'user-1',
    iat: now(),
    exp: now() + 300,
    nonce: NONCE,
  })

  test('is refused when it was made with another key of the same id', async () => {
    const attacker = await makeSigningKey()
    answerWith(await attacker.sign(claims(), { kid: protocol.server.key.kid }))
    await expectFailure(protocol.exchange(), 'id-token-signature')
  })

  test('is refused when the claims were changed after signing', async () => {
    const [header, , signature] = (await protocol.server.key.sign(claims())).split('.')
    answerWith(`${header}.${base64Url({ ...claims(), sub: 'admin' })}.${signature}`)
    await expectFailure(protocol.exchange(), 'id-token-signature')
  })

  test('is refused when it is empty', async () => {
    const [header, body] = (await protocol.server.key.sign(claims())).split('.')
    answerWith(`${header}.${body}.`)
    await expectFailure(protocol.exchange(), 'id-token-signature')
  })

  test.each(['none', 'None', 'HS256', 'HS512', 'RS1', 'x'])(
    'is refused with the algorithm %s, also when the server lists it',
    async (alg) => {
      protocol.server.metadata['id_token_signing_alg_values_supported'] = [alg]
      answerWith(`${base64Url({ alg })}.${base64Url(claims())}.eHh4`)
      await expectFailure(protocol.exchange(), 'id-token-algorithm')
    },
  )

  test.each([undefined, 1, null])('is refused with the algorithm %j', async (alg) => {
    answerWith(`${base64Url({ alg })}.${base64Url(claims())}.eHh4`)
    await expectFailure(protocol.exchange(), 'id-token-algorithm')
  })

  test('is refused with an asymmetric algorithm that is not in the configured list', async () => {
    protocol = await protocolInTest({ idTokenSigningAlgs: ['RS256'] })
    await expectFailure(protocol.exchange(), 'id-token-algorithm')
  })

  test('is refused with an extension that must be understood (crit)', async () => {
    answerWith(await protocol.server.key.sign(claims(), { crit: ['b64'], b64: false }))
    await expectFailure(protocol.exchange(), 'id-token-algorithm')
  })

  test('is checked with the only key when the token names none', async () => {
    answerWith(await protocol.server.key.sign(claims(), { kid: undefined }))
    await protocol.exchange()
  })

  test('is refused when the token names no key and several fit', async () => {
    protocol.server.published = [protocol.server.key, await makeSigningKey()]
    answerWith(await protocol.server.key.sign(claims(), { kid: undefined }))
    await expectFailure(protocol.exchange(), 'key-not-found')
  })

  test('is refused when two keys of one name fit', async () => {
    const { key } = protocol.server
    protocol.server.published = [{ ...key, jwk: { ...(await makeSigningKey()).jwk, kid: key.kid } }]
    protocol.server.published.push(key)
    await expectFailure(protocol.exchange(), 'key-not-found')
  })

  test('is refused when the server has no keys at all', async () => {
    protocol.server.published = []
    await expectFailure(protocol.exchange(), 'key-not-found')
  })

  test('is refused with an RSA key that is too short to be safe', async () => {
    protocol.server.key = await makeSigningKey('RS256', 1024)
    protocol.server.published = [protocol.server.key]
    const { message } = await expectFailure(protocol.exchange(), 'id-token-algorithm')
    expect(message).toContain('2048')
  })

  test.each(['jwk', 'jku', 'x5u', 'x5c'])(
    'is not checked with a key that the token itself brings as %s',
    async (name) => {
      const attacker = await makeSigningKey()
      const header = { kid: protocol.server.key.kid, [name]: attacker.jwk }
      answerWith(await attacker.sign(claims(), header))
      await expectFailure(protocol.exchange(), 'id-token-signature')
      expect(protocol.server.requests.map(({ endpoint }) => endpoint)).toEqual(['token', 'jwks'])
    },
  )

  test('is not checked with a public RSA key as if it were a shared secret', async () => {
    protocol.server.key = await makeSigningKey('RS256')
    protocol.server.published = [protocol.server.key]
    const input = `${base64Url({ alg: 'HS256', kid: protocol.server.key.kid })}.${base64Url(claims())}`
    const secret = JSON.stringify(protocol.server.key.jwk)
    answerWith(`${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`)
    await expectFailure(protocol.exchange(), 'id-token-algorithm')
  })

  test('is not checked with a key that is for encryption', async () => {
    const { key } = protocol.server
    protocol.server.published = [{ ...key, jwk: { ...key.jwk, use: 'enc' } }]
    await expectFailure(protocol.exchange(), 'key-not-found')
  })

  test('is accepted after exactly one more look at the keys when they were rotated', async () => {
    await protocol.exchange()
    expect(protocol.server.count('jwks')).toBe(1)
    protocol.server.key = await makeSigningKey()
    protocol.server.published = [protocol.server.key]
    await protocol.exchange()
    expect(protocol.server.count('jwks')).toBe(2)
  })

  test('is not looked for again once the new keys are known', async () => {
    await protocol.exchange()
    protocol.server.key = await makeSigningKey()
    protocol.server.published = [protocol.server.key]
    await protocol.exchange()
    await protocol.exchange()
    expect(protocol.server.count('jwks')).toBe(2)
  })

  test('of unknown keys, token after token, leads to one more look in ten seconds', async () => {
    await protocol.exchange()
    protocol.server.key = await makeSigningKey()
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expectFailure(protocol.exchange(), 'key-not-found')
    }
    expect(protocol.server.count('jwks')).toBe(2)
    protocol.server.published = [protocol.server.key]
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 })
    try {
      await protocol.exchange()
    } finally {
      vi.useRealTimers()
    }
    expect(protocol.server.count('jwks')).toBe(3)
  })

  test('of a key that stays unknown is refused after exactly one more look', async () => {
    await protocol.exchange()
    protocol.server.key = await makeSigningKey()
    await expectFailure(protocol.exchange(), 'key-not-found')
    expect(protocol.server.count('jwks')).toBe(2)
  })

  test.each([
    ['do not come', offline],
    ['are redirected', opaqueRedirect],
    ['are an error', () => new Response(MARK, { status: 500 })],
    ['are not JSON', () => new Response(MARK, { status: 200 })],
    ['are JSON of something else', () => json({ error: 'maintenance' })],
    ['are a list of texts', () => json({ keys: [MARK] })],
  ])('is not called wrong when the keys %s', async (_what, answer) => {
    protocol.server.answer('jwks', answer)
    await expectFailure(protocol.exchange(), 'metadata-unreachable')
  })

  test('of an unknown key leads to two more looks at most, also when the known keys are old', async () => {
    await protocol.exchange()
    protocol.server.key = await makeSigningKey()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 })
    try {
      await expectFailure(protocol.exchange(), 'key-not-found')
    } finally {
      vi.useRealTimers()
    }
    expect(protocol.server.count('jwks')).toBeLessThanOrEqual(3)
  })
})

describe('at_hash', () => {
  test.each([
    ['RS256', 'sha256'],
    ['PS256', 'sha256'],
    ['ES256', 'sha256'],
    ['ES512', 'sha512'],
    ['EdDSA', 'sha512'],
    ['Ed25519', 'sha512'],
  ] as const)('of a token signed with %s is compared by %s', async (alg, hash) => {
    protocol.server.key = await makeSigningKey(alg)
    protocol.server.published = [protocol.server.key]
    protocol.server.claims = { at_hash: atHash(hash) }
    await protocol.exchange()
    protocol.server.claims = { at_hash: atHash(hash).replace(/.$/, '_') }
    await expectFailure(protocol.exchange(), 'id-token-hash')
  })
})
