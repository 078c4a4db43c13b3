import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import type { FakeServer } from '../../e2e/unit/fake-server.ts'
import type { GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP, ISSUER } from '../../e2e/unit/parsed-config.ts'
import {
  claims,
  expectNothingStored,
  signInAgain,
  signInAt,
  type OddServer,
  type Refused,
} from '../../e2e/unit/sign-in-at.ts'
import { base64Url, makeSigningKey } from '../../e2e/unit/signing-key.ts'

/*
 * The modules of the OpenID Foundation's conformance suite for relying parties that apply to a public client with code
 * and PKCE, each against a server that behaves in just that way. Which do not apply is in docs/validation.md.
 */

/** Signs with a key that the server does not publish, under the name of one that it does. */
const forged =
  (alg: 'RS256' | 'ES256') =>
  async (server: FakeServer): Promise<void> => {
    await useKey(alg)(server)
    const other = await makeSigningKey(alg)
    server.sign = (claimed) => other.sign(claimed, { kid: server.key.kid })
  }

const useKey =
  (alg: 'RS256' | 'ES256') =>
  async (server: FakeServer): Promise<void> => {
    server.key = await makeSigningKey(alg)
    server.published = [server.key]
  }

const unnamedKey = async (server: FakeServer): Promise<void> => {
  await useKey('RS256')(server)
  server.sign = (claimed) => server.key.sign(claimed, { kid: undefined })
}

describe('is refused:', () => {
  test.each<[string, Refused]>([
    [
      'oidcc-client-test-invalid-iss',
      {
        prepare: claims({ iss: `${ISSUER}/other` }),
        code: 'id-token-issuer',
        exchanges: 1,
      },
    ],
    [
      'oidcc-client-test-invalid-aud',
      { prepare: claims({ aud: 'app-other' }), code: 'id-token-audience', exchanges: 1 },
    ],
    [
      'oidcc-client-test-missing-aud',
      { prepare: claims({ aud: undefined }), code: 'id-token-malformed', exchanges: 1 },
    ],
    [
      'oidcc-client-test-missing-iat',
      { prepare: claims({ iat: undefined }), code: 'id-token-malformed', exchanges: 1 },
    ],
    [
      'oidcc-client-test-missing-sub',
      { prepare: claims({ sub: undefined }), code: 'id-token-malformed', exchanges: 1 },
    ],
    [
      'oidcc-client-test-nonce-invalid',
      { prepare: claims({ nonce: 'of-another-sign-in' }), code: 'id-token-nonce', exchanges: 1 },
    ],
    [
      'oidcc-client-test-invalid-sig-rs256',
      { prepare: forged('RS256'), code: 'id-token-signature', exchanges: 1 },
    ],
    [
      'oidcc-client-test-invalid-sig-es256',
      { prepare: forged('ES256'), code: 'id-token-signature', exchanges: 1 },
    ],
    [
      'oidcc-client-test-invalid-sig-hs256',
      {
        prepare: (server) => {
          server.metadata['id_token_signing_alg_values_supported'] = ['HS256']
          server.sign = (claimed) => `${base64Url({ alg: 'HS256' })}.${base64Url(claimed)}.eHh4`
        },
        code: 'id-token-algorithm',
        exchanges: 1,
      },
    ],
    [
      // The suite lets a client choose; an unsigned ID Token is refused here.
      'oidcc-client-test-idtoken-sig-none',
      {
        prepare: (server) => {
          server.metadata['id_token_signing_alg_values_supported'] = ['none']
          server.sign = (claimed) => `${base64Url({ alg: 'none' })}.${base64Url(claimed)}.`
        },
        code: 'id-token-algorithm',
        exchanges: 1,
      },
    ],
    [
      // The suite lets a client choose; keys are not tried one after the other here.
      'oidcc-client-test-kid-absent-multiple-jwks',
      {
        prepare: async (server) => {
          await unnamedKey(server)
          server.published = [server.key, await makeSigningKey('RS256')]
        },
        code: 'key-not-found',
        exchanges: 1,
      },
    ],
    [
      // The suite has it for implicit flows only, where the claim is required.
      'oidcc-client-test-invalid-athash',
      {
        prepare: claims({ at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }),
        code: 'id-token-hash',
        exchanges: 1,
      },
    ],
    [
      'oidcc-client-test-discovery-issuer-mismatch',
      {
        prepare: (server) => {
          server.metadata['issuer'] = `${ISSUER}/other`
        },
        code: 'metadata-invalid',
        exchanges: 0,
      },
    ],
    [
      'oidcc-client-test-form-post-error',
      {
        config: { clients: { issuer: ISSUER, clientId: 'app', responseMode: 'form_post' } },
        respond: (response) => {
          response.delete('code')
          response.set('error', 'login_required')
        },
        code: 'login-required',
        exchanges: 0,
      },
    ],
  ])('%s', async (_module, { code, exchanges, ...odd }) => {
    const ended = await signInAt(odd)
    expect(ended.code).toBe(code)
    await expectNothingStored(ended.guardian, exchanges)
  })
})

describe('signs in:', () => {
  test.each<[string, OddServer]>([
    ['oidcc-client-test', {}],
    ['oidcc-client-test-idtoken-sig-rs256', { prepare: useKey('RS256') }],
    ['oidcc-client-test-kid-absent-single-jwks', { prepare: unnamedKey }],
  ])('%s', async (_module, odd) => {
    const { guardian, code } = await signInAt(odd)
    expect(code).toBe('signed-in')
    expect((await guardian.stored()).tokens.user.sub).toBe('user-1')
    expect(guardian.server.count('token')).toBe(1)
  })

  test('oidcc-client-test-discovery-openid-config', async () => {
    const { guardian, code } = await signInAt({
      prepare: ({ metadata }) => {
        metadata['token_endpoint'] = `${ISSUER}/elsewhere/token`
      },
    })
    expect(code).toBe('signed-in')
    const urls = guardian.server.requests.map(({ url }) => url)
    expect(urls).toContain(`${ISSUER}/.well-known/openid-configuration`)
    expect(urls).toContain(`${ISSUER}/elsewhere/token`)
  })

  test('oidcc-client-test-discovery-jwks-uri-keys', async () => {
    const jwksUri = `${ISSUER}/${crypto.randomUUID()}/jwks`
    const { guardian, code } = await signInAt({
      prepare: ({ metadata }) => {
        metadata['jwks_uri'] = jwksUri
      },
    })
    expect(code).toBe('signed-in')
    expect(guardian.server.requests.map(({ url }) => url)).toContain(jwksUri)
  })

  test('oidcc-client-test-signing-key-rotation', async () => {
    const { guardian } = await signInAt({})
    await useKey('ES256')(guardian.server)
    expect(await signInAgain(guardian)).toBe('signed-in')
    expect(guardian.server.count('jwks')).toBe(2)
  })

  test('oidcc-client-test-signing-key-rotation-just-before-signing', async () => {
    const { guardian } = await signInAt({})
    guardian.server.sign = async (claimed) => {
      await useKey('ES256')(guardian.server)
      return guardian.server.key.sign(claimed)
    }
    expect(await signInAgain(guardian)).toBe('signed-in')
    expect(guardian.server.count('jwks')).toBe(2)
  })
})

describe('with a session:', () => {
  let guardian: GuardianInTest

  beforeEach(async () => {
    guardian = (await signInAt({})).guardian
  })

  const refresh = async (): Promise<unknown> =>
    guardian.core.refresher.refresh('default', await guardian.stored())

  test('oidcc-client-test-refresh-token', async () => {
    const before = await guardian.stored()
    await refresh()
    const after = await guardian.stored()
    expect(after.tokens.accessToken.reveal()).not.toBe(before.tokens.accessToken.reveal())
    expect(after.tokens.identity).toEqual(before.tokens.identity)
  })

  test.each([
    ['oidcc-client-test-refresh-token-invalid-issuer', { iss: `${ISSUER}/other` }],
    ['oidcc-client-test-refresh-token-invalid-sub', { sub: 'user-2' }],
  ])('%s', async (_module, changed) => {
    guardian.server.claims = changed
    await expectFailure(refresh(), 'refresh-identity-mismatch')
    expect(await guardian.tokens.read('default')).toBeUndefined()
    expect(await guardian.core.sessions.session('default')).toEqual({
      status: 'interaction-required',
      code: 'refresh-identity-mismatch',
    })
    expect(guardian.server.count('token', 'refresh_token')).toBe(1)
    expectNoSecret(guardian.events)
  })

  test.each([
    ['oidcc-client-test-rp-init-logout', (state: string) => state, `${APP}/bye#_`],
    ['oidcc-client-test-rp-init-logout-no-state', () => '', `${APP}/#_`],
    ['oidcc-client-test-rp-init-logout-other-state', () => 'other', `${APP}/#_`],
  ])('%s', async (_module, answered, lands) => {
    const idToken = (await guardian.stored()).tokens.idToken?.reveal()
    const path = await guardian.core.signOut.begin(
      'default',
      { returnTo: '/bye' },
      guardian.waitUntil,
    )
    const id = new URL(path ?? '', APP).searchParams.get('request') ?? ''
    const asked = new URL(await guardian.core.signOut.start(id)).searchParams
    expect(asked.get('id_token_hint')).toBe(idToken)
    expect(asked.get('post_logout_redirect_uri')).toBe(`${APP}/auth/logout`)
    const state = answered(asked.get('state') ?? '')
    const landed = await guardian.core.signOut.finish(
      new URLSearchParams(state === '' ? '' : { state }),
    )
    expect(landed).toBe(lands)
    expect(await guardian.core.sessions.session('default')).toEqual({ status: 'signed-out' })
    await guardian.settled()
  })
})
