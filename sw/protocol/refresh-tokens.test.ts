import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure, expectNoSecret } from '../../e2e/unit/expect-failure.ts'
import { MARK, json, offline, opaqueRedirect } from '../../e2e/unit/fake-server.ts'
import { protocolInTest, revealed, type ProtocolInTest } from '../../e2e/unit/protocol-in-test.ts'
import { makeSigningKey } from '../../e2e/unit/signing-key.ts'
import { isAuthError } from '../../src/contract/errors.ts'
import { RefreshUnavailable } from './refresh-tokens.ts'
import { Secret } from './secret.ts'
import type { TokenSet } from './tokens.ts'

let protocol: ProtocolInTest
let before: TokenSet

beforeEach(async () => {
  protocol = await protocolInTest()
  before = await protocol.exchange()
  protocol.server.requests.length = 0
})

const now = (): number => Math.floor(Date.now() / 1000)
const truncated = (): Response =>
  new Response(`{"access_token":"at-${MARK}`, { headers: { 'content-type': 'application/json' } })

describe('refreshTokens', () => {
  test('sends the refresh token once, and nothing that CORS would have to allow', async () => {
    await protocol.refresh(before)
    const [request, ...more] = protocol.server.requests.filter(
      ({ endpoint }) => endpoint === 'token',
    )
    expect(more).toEqual([])
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      grant_type: 'refresh_token',
      refresh_token: before.refreshToken?.reveal(),
      client_id: 'app',
    })
    const headers = [...new Headers(request?.init.headers).keys()]
    expect(
      headers.filter((name) => !['accept', 'content-type', 'user-agent'].includes(name)),
    ).toEqual([])
  })

  test('takes everything new from the answer', async () => {
    protocol.server.claims = { name: 'Grace' }
    const next = await protocol.refresh(before)
    expect(revealed(next)).toMatchObject({
      accessToken: `at-${MARK}-3`,
      refreshToken: `rt-${MARK}-3`,
      user: { sub: 'user-1', name: 'Grace' },
      identity: before.identity,
    })
    expectNoSecret(next)
  })

  test('keeps the refresh token and the user that the server left out', async () => {
    protocol.server.tokens = { refresh_token: undefined, id_token: undefined, scope: undefined }
    const next = await protocol.refresh(before)
    expect(next.refreshToken?.reveal()).toBe(before.refreshToken?.reveal())
    expect(next.idToken?.reveal()).toBe(before.idToken?.reveal())
    expect(next).toMatchObject({
      user: before.user,
      identity: before.identity,
      scope: before.scope,
    })
    expect(next.accessToken.reveal()).not.toBe(before.accessToken.reveal())
  })

  test.each([
    ['invalid_grant', () => json({ error: 'invalid_grant' }, 400)],
    ['400 without a body', () => new Response(null, { status: 400 })],
    ['400 with blanks only', () => new Response(' \n', { status: 400 })],
    ['invalid_request', () => json({ error: 'invalid_request', error_description: MARK }, 400)],
    ['invalid_token', () => json({ error: 'invalid_token' }, 401)],
    ['interaction_required', () => json({ error: 'interaction_required' }, 400)],
    [
      'invalid_grant of another media type',
      () => new Response('{"error":"invalid_grant"}', { status: 400 }),
    ],
  ])('ends the session after %s', async (_what, answer) => {
    protocol.server.answer('token', answer)
    const error = await expectFailure(protocol.refresh(before), 'session-ended')
    expect(error.retryable).toBe(false)
    expect(protocol.server.count('token')).toBe(1)
  })

  test.each([
    ['an HTML page with status 400', () => new Response(`<h1>${MARK}</h1>`, { status: 400 })],
    ['status 400 with JSON that is no error', () => json({ message: MARK }, 400)],
    ['status 400 with null', () => json(null, 400)],
    ['an error that is not a text', () => json({ error: { code: 1 } }, 400)],
    ['an unknown error', () => json({ error: 'slow_down' }, 400)],
    ['temporarily_unavailable', () => json({ error: 'temporarily_unavailable' }, 400)],
    ['status 404', () => new Response('', { status: 404 })],
    ['status 403 of a firewall', () => new Response('denied', { status: 403 })],
    ['status 408', () => new Response('', { status: 408 })],
    ['status 500', () => new Response('', { status: 500 })],
    ['invalid_grant with status 500', () => json({ error: 'invalid_grant' }, 500)],
    ['status 503', () => new Response('', { status: 503 })],
    ['invalid_grant with status 429', () => json({ error: 'invalid_grant' }, 429)],
    ['a redirect', opaqueRedirect],
    ['no network', offline],
    ['200 with cut-off JSON', truncated],
    [
      '200 with HTML (a captive portal)',
      () => new Response(`<p>${MARK}`, { headers: { 'content-type': 'text/html' } }),
    ],
    ['200 without a body', () => new Response(null)],
    ['200 without an access token', () => json({ token_type: 'bearer' })],
    ['200 with an error', () => json({ error: 'invalid_grant' })],
    [
      'a body that breaks off',
      () =>
        new Response(new ReadableStream({ pull: (c) => c.error(new Error(MARK)) }), {
          status: 400,
        }),
    ],
  ])('keeps the session after %s', async (_what, answer) => {
    protocol.server.answer('token', answer)
    const error = await expectFailure(protocol.refresh(before), 'refresh-unavailable')
    expect(error.retryable).toBe(true)
    expect(protocol.server.count('token')).toBe(1)
  })

  test.each([
    'invalid_client',
    'unauthorized_client',
    'unsupported_grant_type',
    'invalid_scope',
    'invalid_target',
    'invalid_authorization_details',
    'invalid_dpop_proof',
  ])('calls %s a rejected client, not a dead session', async (oauthError) => {
    protocol.server.answer('token', () => json({ error: oauthError }, 401))
    const error = await expectFailure(protocol.refresh(before), 'client-rejected')
    expect(error).toMatchObject({ oauthError, status: 401 })
  })

  test('does not use a DPoP-bound token as a bearer token', async () => {
    protocol.server.tokens = { token_type: 'DPoP' }
    await expectFailure(protocol.refresh(before), 'unsupported-token-type')
  })

  test.each([
    ['7', 7],
    ['0', 0],
    ['-5', 0],
    ['3600', 3600],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 0],
    ['soon', 0],
    ['Infinity', 0],
  ])('reads Retry-After %s as %i seconds', async (header, seconds) => {
    protocol.server.answer(
      'token',
      () => new Response('', { status: 429, headers: { 'retry-after': header } }),
    )
    const error = await expectFailure(protocol.refresh(before), 'refresh-unavailable')
    expect((error as RefreshUnavailable).retryAfterSeconds).toBe(seconds)
  })

  test.each<[string, Record<string, unknown>]>([
    ['another user', { sub: 'user-2' }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['another audience', { aud: 'other' }],
    ['one more audience', { aud: ['app', 'other'], azp: 'app' }],
    ['another authorized party', { azp: 'other' }],
    ['another nonce', { nonce: 'other' }],
    ['a wrong at_hash', { at_hash: 'x' }],
    ['no sub', { sub: undefined }],
  ])('ends the session when the new ID Token is for, or has, %s', async (_what, claims) => {
    protocol.server.claims = claims
    await expectFailure(protocol.refresh(before), 'refresh-identity-mismatch')
  })

  test('ends the session when auth_time or azp moved', async () => {
    protocol.server.claims = { auth_time: 100, azp: 'app' }
    before = await protocol.exchange()
    await protocol.refresh(before)
    protocol.server.claims = { auth_time: 101, azp: 'app' }
    await expectFailure(protocol.refresh(before), 'refresh-identity-mismatch')
  })

  test('accepts a new ID Token without nonce and auth_time, and remembers them', async () => {
    protocol.server.claims = { auth_time: 100 }
    before = await protocol.exchange()
    protocol.server.claims = { auth_time: undefined, nonce: undefined }
    const next = await protocol.refresh(before)
    expect(next.identity).toEqual(before.identity)
  })

  test.each([
    ['a forged signature', async () => (await makeSigningKey()).sign],
    [
      'the algorithm none',
      async () => async (claims: object) =>
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`,
    ],
  ] as const)('ends the session when the new ID Token has %s', async (_what, make) => {
    const sign = await make()
    const claims = {
      iss: protocol.server.issuer,
      aud: 'app',
      sub: 'user-1',
      iat: now(),
      exp: now() + 60,
    }
    protocol.server.tokens = { id_token: await sign(claims, { kid: protocol.server.key.kid }) }
    await expectFailure(protocol.refresh(before), 'refresh-identity-mismatch')
  })

  test.each<[string, Record<string, unknown>]>([
    ['expired by the clock of this device', { iat: now() - 7200, exp: now() - 3600 }],
    ['made in the future by the clock of this device', { iat: now() + 7200, exp: now() + 9000 }],
  ])('keeps the new tokens when the new ID Token is %s', async (_what, claims) => {
    protocol.server.claims = claims
    expect((await protocol.refresh(before)).refreshToken?.reveal()).toBe(`rt-${MARK}-3`)
  })

  test.each([
    ['do not come', offline],
    ['are an error', () => new Response('', { status: 503 })],
    ['are JSON of something else', () => json({ error: 'maintenance' })],
  ])(
    'keeps the new tokens, but not the unchecked ID Token, when the keys %s',
    async (_what, answer) => {
      // Another life of the worker: the keys have to be loaded again.
      const { metadata } = protocol
      Object.assign(metadata, { metadata: { ...metadata.metadata } })
      protocol.server.answer('jwks', answer)
      protocol.server.claims = { name: 'Mallory' }
      const next = await protocol.refresh(before)
      expect(next.refreshToken?.reveal()).toBe(`rt-${MARK}-3`)
      expect(next.idToken?.reveal()).toBe(before.idToken?.reveal())
      expect(next.user).toEqual(before.user)
      protocol.server.claims = { sub: 'user-2' }
      await expectFailure(protocol.refresh(before), 'refresh-identity-mismatch')
    },
  )

  test('ends a session only for what plainly says so, whatever the server answers', async () => {
    const body = fc.oneof(
      fc.string(),
      fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
      fc.string().map((error) => JSON.stringify({ error })),
      fc
        .constantFrom('invalid_grant', 'server_error', 'invalid_client', 'x')
        .map((error) => JSON.stringify({ error })),
    )
    const status = fc.constantFrom(200, 400, 401, 403, 404, 408, 429, 500, 503)
    await fc.assert(
      fc.asyncProperty(body, status, async (text, answered) => {
        protocol.server.answer(
          'token',
          () =>
            new Response(text, {
              status: answered,
              headers: { 'content-type': 'application/json' },
            }),
        )
        const error: unknown = await protocol.refresh(before).catch((reason: unknown) => reason)
        if (!isAuthError(error)) throw new Error('it was accepted')
        if (error.code === 'session-ended') {
          expect([400, 401, 403, 404]).toContain(answered)
          expect(text.trim() === '' || 'error' in (JSON.parse(text) as object)).toBe(true)
        } else expect(['refresh-unavailable', 'client-rejected']).toContain(error.code)
        expectNoSecret(error)
      }),
    )
  })

  test('needs no ID Token at all', async () => {
    protocol = await protocolInTest({ scope: 'api' })
    protocol.server.tokens = { id_token: undefined, sub: 'user-1' }
    before = await protocol.exchange()
    const next = await protocol.refresh(before)
    expect(next).toMatchObject({ user: { sub: 'user-1' }, scope: ['api'] })
    expect(next.refreshToken).toBeInstanceOf(Secret)
  })
})
