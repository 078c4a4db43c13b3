import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { MARK, json, offline, opaqueRedirect } from '../../e2e/unit/fake-server.ts'
import { protocolInTest, type ProtocolInTest } from '../../e2e/unit/protocol-in-test.ts'
import { endSessionUrl, revokeToken, revokeTokens } from './end-session.ts'
import type { ParsedClient } from '../../src/contract/config.ts'
import { Secret } from './secret.ts'
import type { Server } from './server.ts'

let protocol: ProtocolInTest

beforeEach(async () => {
  protocol = await protocolInTest()
})

const refreshToken = new Secret('refresh-token', `rt-${MARK}`)

/** The same server without one endpoint. */
function without(name: 'revocation_endpoint' | 'end_session_endpoint'): Server {
  const { [name]: _, ...metadata } = protocol.metadata.metadata
  return { ...protocol.metadata, metadata }
}

describe('revokeToken', () => {
  test('sends the token with its kind as a hint, as a public client', async () => {
    await revokeToken(protocol.metadata, refreshToken, protocol.wire)
    await revokeToken(protocol.metadata, new Secret('access-token', `at-${MARK}`), protocol.wire)
    expect(protocol.server.requests.map(({ form }) => Object.fromEntries(form))).toEqual([
      { token: `rt-${MARK}`, token_type_hint: 'refresh_token', client_id: 'app' },
      { token: `at-${MARK}`, token_type_hint: 'access_token', client_id: 'app' },
    ])
    expect(protocol.server.requests[0]?.init).toMatchObject({ method: 'POST', credentials: 'omit' })
  })

  test('sends nothing to a server that has no revocation', async () => {
    await revokeToken(without('revocation_endpoint'), refreshToken, protocol.wire)
    expect(protocol.server.requests).toEqual([])
  })

  test.each([
    ['401 for public clients', () => json({ error: 'invalid_client' }, 401)],
    ['503', () => new Response(MARK, { status: 503 })],
    ['a redirect', opaqueRedirect],
    ['no network', offline],
  ])('says that %s is no confirmation', async (_what, answer) => {
    protocol.server.answer('revoke', answer)
    const revoked = revokeToken(protocol.metadata, refreshToken, protocol.wire)
    const error = await expectFailure(revoked, 'revocation-failed')
    expect(error.phase).toBe('logout')
    expect(protocol.server.count('revoke')).toBe(1)
  })
})

describe('revokeTokens', () => {
  const tokens = { refreshToken, accessToken: new Secret('access-token', `at-${MARK}`) }
  const revoked = (): (string | null)[] =>
    protocol.server.requests.map(({ form }) => form.get('token'))

  test('revokes the refresh token, then the access token', async () => {
    await revokeTokens(protocol.metadata, tokens, protocol.wire)
    expect(revoked()).toEqual([`rt-${MARK}`, `at-${MARK}`])
  })

  test('revokes the one also when the other cannot be', async () => {
    protocol.server.answer('revoke', offline)
    await expectFailure(revokeTokens(protocol.metadata, tokens, protocol.wire), 'revocation-failed')
    expect(revoked()).toEqual([`rt-${MARK}`, `at-${MARK}`])
  })

  test('takes no offence at servers that cannot revoke access tokens', async () => {
    protocol.server.answer('revoke', ({ form }) =>
      form.get('token_type_hint') === 'access_token'
        ? json({ error: 'unsupported_token_type' }, 400)
        : new Response(null),
    )
    await revokeTokens(protocol.metadata, tokens, protocol.wire)
    protocol.server.answer('revoke', () => json({ error: 'unsupported_token_type' }, 400))
    const failed = revokeTokens(protocol.metadata, tokens, protocol.wire)
    expect(await expectFailure(failed, 'revocation-failed')).toMatchObject({
      oauthError: 'unsupported_token_type',
    })
  })
})

describe('endSessionUrl', () => {
  const end = { postLogoutRedirectUri: 'https://app.example/auth/logout', state: 'x' }

  test('names the client, where to come back, the state, and the ID Token as hint', () => {
    const idToken = new Secret('id-token', `id-${MARK}`)
    const url = new URL(endSessionUrl(protocol.metadata, { ...end, idToken }) ?? '')
    expect(url.origin + url.pathname).toBe('https://as.example/logout')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'app',
      id_token_hint: `id-${MARK}`,
      post_logout_redirect_uri: end.postLogoutRedirectUri,
      state: 'x',
    })
  })

  test.each<[ParsedClient['logout'], string, object]>([
    [
      'auth0',
      'https://as.example/v2/logout',
      { client_id: 'app', returnTo: 'https://app.example/auth/logout?state=x' },
    ],
    [
      'cognito',
      'https://login.example/logout',
      { client_id: 'app', logout_uri: 'https://app.example/auth/logout' },
    ],
  ])(
    'for %s is its own, whatever the metadata says, and has no ID Token',
    (logout, endpoint, parameters) => {
      const { metadata, client } = protocol.metadata
      const server = {
        ...protocol.metadata,
        client: { ...client, logout },
        metadata: { ...metadata, authorization_endpoint: 'https://login.example/oauth2/authorize' },
      }
      const url = new URL(
        endSessionUrl(server, { ...end, idToken: new Secret('id-token', `id-${MARK}`) }) ?? '',
      )
      expect(url.origin + url.pathname).toBe(endpoint)
      expect(Object.fromEntries(url.searchParams)).toEqual(parameters)
    },
  )

  test('of an Auth0 issuer as Auth0 spells it', () => {
    const client = {
      ...protocol.client,
      logout: 'auth0',
      issuer: 'https://t.auth0.example/',
    } as const
    const url = endSessionUrl({ ...protocol.metadata, client }, end)
    expect(url?.startsWith('https://t.auth0.example/v2/logout?')).toBe(true)
  })

  test('is nowhere with `none`', () => {
    const client = { ...protocol.client, logout: 'none' } as const
    expect(endSessionUrl({ ...protocol.metadata, client }, end)).toBeUndefined()
  })

  test('works without an ID Token, and not without an endpoint', () => {
    expect(endSessionUrl(protocol.metadata, end)).not.toContain('id_token_hint')
    expect(endSessionUrl(without('end_session_endpoint'), end)).toBeUndefined()
  })
})
