import { describe, expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { ISSUER, configWith } from '../../e2e/unit/parsed-config.ts'
import type { ClientConfig, ParsedClient } from '../../src/contract/config.ts'
import type { Json } from '../../src/contract/session.ts'
import { usesDpop } from './dpop.ts'
import { Nonces } from './nonces.ts'

/** Whether a sign-in binds its tokens. `configured`: the metadata comes from the configuration. */
function decide(dpop: ClientConfig['dpop'], algorithms: Json | undefined, configured = false) {
  const metadata = {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/authorize`,
    token_endpoint: `${ISSUER}/token`,
    jwks_uri: `${ISSUER}/jwks`,
    // Metadata is what a server sends, whatever its type says.
    ...(algorithms === undefined
      ? {}
      : { dpop_signing_alg_values_supported: algorithms as string[] }),
  }
  const clients = {
    issuer: ISSUER,
    clientId: 'app',
    ...(dpop && { dpop }),
    ...(configured && { metadata }),
  }
  const client = configWith({ clients }).clients[0] as ParsedClient
  return () => usesDpop({ client, metadata, nonces: new Nonces() })
}

describe('tokens are bound', () => {
  test.each([
    [undefined, ['ES256'], false],
    ['never', ['ES256'], false],
    ['auto', ['RS256', 'ES256'], true],
    ['auto', ['RS256'], false],
    ['auto', undefined, false],
    ['auto', 'ES256', false],
    ['required', ['ES256'], true],
  ] as const)('with dpop %s and a server that lists %j: %s', (dpop, algorithms, bound) => {
    expect(decide(dpop, algorithms && [...algorithms].flat())()).toBe(bound)
  })

  test.each([undefined, [], ['RS256'], ['es256'], 'ES256', null, { ES256: true }])(
    'never by a server that lists %j, which is refused where dpop is required',
    async (algorithms) => {
      const error = await expectFailure(decide('required', algorithms), 'dpop-unsupported')
      expect(error).toMatchObject({ phase: 'discovery', retryable: false })
    },
  )

  test('where the configuration says so and its metadata says nothing', async () => {
    expect(decide('required', undefined, true)()).toBe(true)
    expect(decide('auto', undefined, true)()).toBe(false)
    await expectFailure(decide('required', ['RS256'], true), 'dpop-unsupported')
  })
})

describe('nonces', () => {
  const answer = (nonce?: string, status = 200): Response =>
    new Response(null, { status, headers: nonce === undefined ? {} : { 'DPoP-Nonce': nonce } })

  test('are kept by origin, the newest wins, and an answer without one changes nothing', () => {
    const nonces = new Nonces()
    expect(nonces.of('https://api.example/v1/x')).toBeUndefined()
    expect(nonces.remember('https://api.example/v1/x?y', answer('a'))).toBe(true)
    expect(nonces.remember('https://api.example:8443/', answer('other'))).toBe(true)
    expect(nonces.remember('https://api.example/v2/', answer('b', 503))).toBe(true)
    expect(nonces.remember('https://api.example/', answer())).toBe(false)
    expect(nonces.of('https://api.example/z')).toBe('b')
    expect(nonces.of('https://api.example:8443/z')).toBe('other')
    expect(nonces.of('http://api.example/')).toBeUndefined()
  })

  test.each(['', 'a b', 'a"b', 'a\\b', 'é', 'x'.repeat(1025)])(
    'that are none by RFC 9449 are not kept (%#)',
    (nonce) => {
      const nonces = new Nonces()
      expect(nonces.remember('https://api.example/', answer(nonce))).toBe(false)
      expect(nonces.of('https://api.example/')).toBeUndefined()
    },
  )
})
