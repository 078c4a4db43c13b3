import { describe, expect, test } from 'vitest'
import {
  claims,
  expectNothingStored,
  signInAt,
  type OddServer,
  type Refused,
} from '../../e2e/unit/sign-in-at.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'
import { base64Url, makeSigningKey } from '../../e2e/unit/signing-key.ts'
import type { AuthErrorCode } from '../../src/contract/errors.ts'

/*
 * The client modules of the OpenID Foundation's conformance suite for FAPI 2.0 Security Profile. The profile as a whole
 * needs a client with a key of its own at the server; what its modules check of a server holds for every client.
 */

const idToken = (changed: Record<string, unknown>, code: AuthErrorCode): Refused => ({
  prepare: claims(changed),
  code,
  exchanges: 1,
})

const response = (respond: (sent: URLSearchParams) => void, code: AuthErrorCode): Refused => ({
  respond,
  code,
  exchanges: 0,
})

const now = (): number => Math.floor(Date.now() / 1000)

describe('is refused:', () => {
  test.each<[string, Refused]>([
    [
      'fapi2-security-profile-final-client-test-discovery-issuer-mismatch',
      {
        prepare: (server) => {
          server.metadata['issuer'] = `${ISSUER}/other`
        },
        code: 'metadata-invalid',
        exchanges: 0,
      },
    ],
    [
      'fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-state-fails',
      response((sent) => sent.set('state', 'of-another-sign-in'), 'unknown-state'),
    ],
    [
      'fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-missing-state-fails',
      response((sent) => sent.delete('state'), 'unknown-state'),
    ],
    [
      'fapi2-security-profile-final-client-test-invalid-authorization-response-iss',
      response((sent) => sent.set('iss', `${ISSUER}/other`), 'issuer-mismatch'),
    ],
    [
      'fapi2-security-profile-final-client-test-remove-authorization-response-iss',
      response((sent) => sent.delete('iss'), 'issuer-mismatch'),
    ],
    [
      'fapi2-security-profile-final-client-test-invalid-iss',
      idToken({ iss: `${ISSUER}/other` }, 'id-token-issuer'),
    ],
    [
      'fapi2-security-profile-final-client-test-invalid-missing-iss',
      idToken({ iss: undefined }, 'id-token-malformed'),
    ],
    [
      'fapi2-security-profile-final-client-test-invalid-aud',
      idToken({ aud: 'app-other' }, 'id-token-audience'),
    ],
    [
      'fapi2-security-profile-final-client-test-invalid-missing-aud',
      idToken({ aud: undefined }, 'id-token-malformed'),
    ],
    [
      'fapi2-security-profile-final-client-test-invalid-secondary-aud',
      idToken({ aud: ['app', 'nobody-knows'] }, 'id-token-audience'),
    ],
    [
      'fapi2-security-profile-final-client-test-invalid-expired-exp',
      idToken({ exp: now() - 301 }, 'id-token-time'),
    ],
    [
      'fapi2-security-profile-final-client-test-invalid-missing-exp',
      idToken({ exp: undefined }, 'id-token-malformed'),
    ],
    [
      'fapi2-security-profile-final-client-test-invalid-nonce',
      idToken({ nonce: 'of-another-sign-in' }, 'id-token-nonce'),
    ],
    [
      'fapi2-security-profile-final-client-test-invalid-missing-nonce',
      idToken({ nonce: undefined }, 'id-token-nonce'),
    ],
    [
      'fapi2-security-profile-final-client-test-invalid-null-alg',
      {
        prepare: (server) => {
          server.sign = (claimed) => `${base64Url({ alg: 'none' })}.${base64Url(claimed)}.`
        },
        code: 'id-token-algorithm',
        exchanges: 1,
      },
    ],
    [
      'fapi2-security-profile-final-client-test-invalid-alternate-alg',
      {
        config: { clients: { issuer: ISSUER, clientId: 'app', idTokenSigningAlgs: ['PS256'] } },
        prepare: async (server) => {
          server.key = await makeSigningKey('ES256')
          server.published = [server.key]
          server.metadata['id_token_signing_alg_values_supported'] = ['PS256', 'ES256']
        },
        code: 'id-token-algorithm',
        exchanges: 1,
      },
    ],
  ])('%s', async (_module, { code, exchanges, ...odd }) => {
    const ended = await signInAt(odd)
    expect(ended.code).toBe(code)
    await expectNothingStored(ended.guardian, exchanges)
  })
})

describe('signs in:', () => {
  test.each<[string, Required<OddServer>['prepare']]>([
    ['fapi2-security-profile-final-client-test-valid-aud-as-array', claims({ aud: ['app'] })],
    [
      'fapi2-security-profile-final-client-test-token-type-case-insensitivity',
      (server) => {
        server.tokens = { token_type: 'bEARER' }
      },
    ],
    [
      'fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in',
      (server) => {
        server.tokens = { expires_in: undefined }
      },
    ],
  ])('%s', async (_module, prepare) => {
    const { guardian, code } = await signInAt({ prepare })
    expect(code).toBe('signed-in')
    expect((await guardian.stored()).tokens.user.sub).toBe('user-1')
    expect(guardian.server.count('token')).toBe(1)
  })
})
