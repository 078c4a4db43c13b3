import { beforeEach, describe, expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { FakeServer, json, offline, opaqueRedirect } from '../../e2e/unit/fake-server.ts'
import { API, ISSUER, configWith } from '../../e2e/unit/parsed-config.ts'
import type { ClientConfig, ParsedClient } from '../../src/contract/config.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { loadMetadata } from './load-metadata.ts'
import type { Wire } from './server.ts'

let server: FakeServer
let wire: Wire

beforeEach(async () => {
  server = await FakeServer.start()
  wire = { fetch: server.fetch, now: () => epochSeconds(Date.now() / 1000), timeoutMs: 1000 }
})

function client(change: Partial<ClientConfig> = {}): ParsedClient {
  const config = configWith({
    clients: { issuer: ISSUER, clientId: 'app', ...change },
    resources: [{ url: API }],
  })
  return config.clients[0] as ParsedClient
}

describe('loadMetadata', () => {
  test('discovers with one request, without credentials, referrer or cache', async () => {
    const { metadata } = await loadMetadata(client(), wire)
    expect(metadata.token_endpoint).toBe(`${ISSUER}/token`)
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]).toMatchObject({
      url: `${ISSUER}/.well-known/openid-configuration`,
      init: {
        redirect: 'manual',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        cache: 'no-store',
      },
    })
  })

  test('lets the configured algorithms decide, whatever the server lists', async () => {
    server.metadata['id_token_signing_alg_values_supported'] = ['none', 'HS256']
    const { metadata } = await loadMetadata(client({ idTokenSigningAlgs: ['ES256'] }), wire)
    expect(metadata.id_token_signing_alg_values_supported).toEqual(['ES256'])
  })

  test('falls back to RFC 8414 metadata when there is no OpenID configuration', async () => {
    server.answer('openid-configuration', () => new Response('', { status: 404 }))
    server.answer('oauth-authorization-server', () => json(server.metadata))
    await loadMetadata(client({ scope: 'api' }), wire)
    expect(server.requests.map(({ url }) => url)).toEqual([
      `${ISSUER}/.well-known/openid-configuration`,
      `${ISSUER}/.well-known/oauth-authorization-server`,
    ])
  })

  test('puts the path of an issuer where each of the two standards wants it', async () => {
    server.answer('openid-configuration', () => new Response('', { status: 404 }))
    server.answer('oauth-authorization-server', () =>
      json({ ...server.metadata, issuer: `${ISSUER}/realms/a` }),
    )
    await loadMetadata(client({ issuer: `${ISSUER}/realms/a` }), wire)
    expect(server.requests.map(({ url }) => url)).toEqual([
      `${ISSUER}/realms/a/.well-known/openid-configuration`,
      `${ISSUER}/.well-known/oauth-authorization-server/realms/a`,
    ])
  })

  test('sends nothing when the metadata is configured', async () => {
    const metadata = {
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/a`,
      token_endpoint: `${ISSUER}/t`,
    }
    await loadMetadata(client({ scope: 'api', metadata }), wire)
    expect(server.requests).toHaveLength(0)
  })

  test('accepts metadata that does not speak of PKCE, and refuses one without S256', async () => {
    delete server.metadata['code_challenge_methods_supported']
    await loadMetadata(client(), wire)
    for (const methods of [[], ['plain'], ['s256'], [['S256']], { 0: 'S256' }, 'S256', null]) {
      server.metadata['code_challenge_methods_supported'] = methods
      await expectFailure(loadMetadata(client(), wire), 'metadata-invalid')
    }
  })

  test.each([`${ISSUER}/`, 'https://AS.example', 'https://evil.example', '', undefined, null, 1])(
    'refuses metadata whose issuer is %j instead of the exact string',
    async (issuer) => {
      server.metadata['issuer'] = issuer
      await expectFailure(loadMetadata(client(), wire), 'metadata-invalid')
    },
  )

  test.each([
    ['https://login.example/{tenantid}/v2.0', 'the name of a place for the tenant'],
    ['https://login.example/%7Btenantid%7D/v2.0', 'the same, encoded'],
    ['https://login.example/common/v2.0/', 'a slash at the end'],
    ['https://login.example/Common/v2.0', 'another case'],
  ])('refuses the issuer %s for one with a path: %s', async (issuer) => {
    server.metadata['issuer'] = issuer
    const tenant = client({ issuer: 'https://login.example/common/v2.0' })
    const error = await expectFailure(loadMetadata(tenant, wire), 'metadata-invalid')
    expect(error.message).toContain('https://login.example/common/v2.0')
    expect(server.requests).toHaveLength(1)
  })

  test('keeps a trailing slash of the issuer significant in both directions', async () => {
    server.metadata['issuer'] = `${ISSUER}/`
    await loadMetadata(client({ issuer: `${ISSUER}/` }), wire)
    server.metadata['issuer'] = ISSUER
    await expectFailure(loadMetadata(client({ issuer: `${ISSUER}/` }), wire), 'metadata-invalid')
  })

  test.each([
    ['no authorization endpoint', { authorization_endpoint: undefined }],
    ['no token endpoint', { token_endpoint: undefined }],
    ['an http authorization endpoint', { authorization_endpoint: 'http://as.example/a' }],
    ['an http token endpoint', { token_endpoint: 'http://as.example/t' }],
    ['http keys', { jwks_uri: 'http://as.example/jwks' }],
    ['an http revocation endpoint', { revocation_endpoint: 'http://as.example/r' }],
    ['an http logout', { end_session_endpoint: 'http://as.example/l' }],
    ['a javascript: logout', { end_session_endpoint: 'javascript:alert(1)' }],
    ['a data: authorization endpoint', { authorization_endpoint: 'data:text/html,x' }],
    ['a relative token endpoint', { token_endpoint: '/token' }],
    ['a token endpoint that is a list', { token_endpoint: [`${ISSUER}/token`] }],
    ['a token endpoint with a user', { token_endpoint: 'https://u@as.example/t' }],
    ['a token endpoint with a password', { token_endpoint: 'https://:p@as.example/t' }],
    ['a token endpoint with a fragment', { token_endpoint: `${ISSUER}/t#x` }],
    ['an http lookalike of localhost', { token_endpoint: 'http://localhost.evil.example/t' }],
    ['a token endpoint that is empty', { token_endpoint: '' }],
    ['http UserInfo', { userinfo_endpoint: 'http://as.example/u' }],
    ['no keys although ID Tokens are wanted', { jwks_uri: undefined }],
  ])('refuses metadata with %s', async (_what, change) => {
    Object.assign(server.metadata, change)
    await expectFailure(loadMetadata(client(), wire), 'metadata-invalid')
  })

  test('accepts http endpoints on a loopback host', async () => {
    Object.assign(server.metadata, { token_endpoint: 'http://localhost:4000/token' })
    await loadMetadata(client(), wire)
  })

  test.each([
    ['HTML', () => new Response('<p>', { headers: { 'content-type': 'text/html' } })],
    ['an empty object of another media type', () => new Response('{}', { headers: {} })],
    [
      'cut-off JSON',
      () => new Response('{"issuer":', { headers: { 'content-type': 'application/json' } }),
    ],
    ['a list', () => json([])],
    ['null', () => json(null)],
    ['an empty object', () => json({})],
  ])('refuses an answer that is %s', async (_what, answer) => {
    server.answer('openid-configuration', answer)
    await expectFailure(loadMetadata(client(), wire), 'metadata-invalid')
  })

  test('reads JSON that the server calls something else, as static hosts do', async () => {
    server.answer('openid-configuration', () => new Response(JSON.stringify(server.metadata)))
    expect((await loadMetadata(client(), wire)).metadata.token_endpoint).toBe(`${ISSUER}/token`)
  })

  test('refuses RFC 8414 metadata of another issuer as well', async () => {
    server.answer('openid-configuration', () => new Response('', { status: 404 }))
    server.answer('oauth-authorization-server', () =>
      json({ ...server.metadata, issuer: `${ISSUER}/` }),
    )
    await expectFailure(loadMetadata(client(), wire), 'metadata-invalid')
  })

  test('refuses a redirect, and follows none', async () => {
    server.answer('openid-configuration', opaqueRedirect)
    server.answer('oauth-authorization-server', opaqueRedirect)
    await expectFailure(loadMetadata(client(), wire), 'metadata-invalid')
  })

  test('refuses a redirect of the OpenID configuration also when there is no RFC 8414 one', async () => {
    server.answer('openid-configuration', opaqueRedirect)
    await expectFailure(loadMetadata(client(), wire), 'metadata-invalid')
  })

  test('calls a server without any metadata unreachable', async () => {
    server.answer('openid-configuration', () => new Response('', { status: 404 }))
    const error = await expectFailure(loadMetadata(client(), wire), 'metadata-unreachable')
    expect(error).toMatchObject({ phase: 'discovery', retryable: true, status: 404 })
  })

  test.each([500, 502, 503, 429])('stops at status %i and may be called again', async (status) => {
    server.answer('openid-configuration', () => new Response('boom', { status }))
    const error = await expectFailure(loadMetadata(client(), wire), 'metadata-unreachable')
    expect(error).toMatchObject({ retryable: true, status })
    expect(server.requests).toHaveLength(1)
  })

  test('calls a network or CORS error unreachable, without the text of the cause', async () => {
    server.answer('openid-configuration', offline)
    const error = await expectFailure(loadMetadata(client(), wire), 'metadata-unreachable')
    expect(error.retryable).toBe(true)
  })
})
