import { expect, test } from 'vitest'
import type { FakeServer } from '../../e2e/unit/fake-server.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'
import { expectNothingStored, signInAt } from '../../e2e/unit/sign-in-at.ts'
import { makeSigningKey } from '../../e2e/unit/signing-key.ts'
import type { AuthErrorCode } from '../../src/contract/errors.ts'

/* The modules for signed authorization responses (JARM) of the OpenID Foundation's suite for FAPI 2.0 clients. */

const config = { clients: { issuer: ISSUER, clientId: 'app', responseMode: 'query.jwt' } } as const

type Respond = (server: FakeServer, url: string) => Promise<URLSearchParams>

const signed =
  (claims: object, header: object = {}): Respond =>
  (server, url) =>
    server.signedResponse(url, claims, header)

/** Signs with a key that the server does not publish, under the name of one that it does. */
const forged: Respond = async (server, url) => {
  const { key } = server
  server.key = await makeSigningKey()
  return server.signedResponse(url, {}, { kid: key.kid })
}

const INVALID = 'invalid-signed-response'

test.each<[string, Respond, AuthErrorCode]>([
  [
    'fapi2-security-profile-final-client-test-ensure-jarm-signature-is-not-none',
    signed({}, { alg: 'none' }),
    INVALID,
  ],
  [
    'fapi2-security-profile-final-client-test-ensure-jarm-with-expired-exp-fails',
    signed({ exp: 1 }),
    INVALID,
  ],
  [
    'fapi2-security-profile-final-client-test-ensure-jarm-with-invalid-aud-fails',
    signed({ aud: 'app-other' }),
    INVALID,
  ],
  [
    'fapi2-security-profile-final-client-test-ensure-jarm-with-invalid-iss-fails',
    signed({ iss: `${ISSUER}/other` }),
    'issuer-mismatch',
  ],
  ['fapi2-security-profile-final-client-test-ensure-jarm-with-invalid-sig-fails', forged, INVALID],
  [
    'fapi2-security-profile-final-client-test-ensure-jarm-without-aud-fails',
    signed({ aud: undefined }),
    INVALID,
  ],
  [
    'fapi2-security-profile-final-client-test-ensure-jarm-without-exp-fails',
    signed({ exp: undefined }),
    INVALID,
  ],
  [
    'fapi2-security-profile-final-client-test-ensure-jarm-without-iss-fails',
    signed({ iss: undefined }),
    INVALID,
  ],
])('%s', async (_module, respond, code) => {
  const ended = await signInAt({
    config,
    respond: (_honest, server, url) => respond(server, url),
  })
  expect(ended.code).toBe(code)
  await expectNothingStored(ended.guardian, 0)
})

test('signs in with a signed response of an honest server', async () => {
  const { guardian, code } = await signInAt({
    config,
    respond: (_honest, server, url) => signed({})(server, url),
  })
  expect(code).toBe('signed-in')
  expect(guardian.server.count('token')).toBe(1)
})
