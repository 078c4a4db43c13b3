import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { MARK, json, offline, opaqueRedirect } from '../../e2e/unit/fake-server.ts'
import { protocolInTest, type ProtocolInTest } from '../../e2e/unit/protocol-in-test.ts'
import { endSessionUrl, revokeToken } from './end-session.ts'
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

  test('works without an ID Token, and not without an endpoint', () => {
    expect(endSessionUrl(protocol.metadata, end)).not.toContain('id_token_hint')
    expect(endSessionUrl(without('end_session_endpoint'), end)).toBeUndefined()
  })
})
