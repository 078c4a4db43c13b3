import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDevServer, type DevServer } from './dev-server.ts'
import type { DevServerOptions } from './dev-server-options.ts'
import { sha256 } from './jws.ts'
import { SESSIONS_PATH } from './sessions-api.ts'

const redirectUri = 'http://localhost:5173/auth/callback'
const options: DevServerOptions = {
  port: 0,
  apiPort: 0,
  clients: [{ clientId: 'app', redirectUris: [redirectUri] }],
  scopes: ['orders:read'],
  users: { ada: { name: 'Ada Lovelace', roles: ['admin'] } },
}

let server: DevServer
beforeAll(async () => {
  server = await startDevServer(options)
})
afterAll(() => server.close())

const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

function authorizationUrl(parameters: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({
    client_id: 'app',
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid profile orders:read',
    state: 's',
    code_challenge: sha256(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  })
  return `${server.issuer}/auth?${query}`
}

/** The flow of a browser that has a session at the server. */
async function tokensOf(user: string): Promise<Record<string, unknown>> {
  const cookies = await server.signIn(user)
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const answer = await fetch(authorizationUrl(), { headers: { cookie }, redirect: 'manual' })
  const location = new URL(answer.headers.get('location') ?? 'about:blank')
  expect(location.href.startsWith(`${redirectUri}?`)).toBe(true)
  return (await post('/token', {
    grant_type: 'authorization_code',
    client_id: 'app',
    redirect_uri: redirectUri,
    code: location.searchParams.get('code') ?? '',
    code_verifier: verifier,
  }).then((response) => response.json())) as Record<string, unknown>
}

function post(path: string, form: Readonly<Record<string, string>>, origin?: string) {
  return fetch(server.issuer + path, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: origin === undefined ? {} : { origin },
  })
}

function claimsIn(token: unknown): Record<string, unknown> {
  const [, payload = ''] = String(token).split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>
}

function callApi(token: unknown, headers: Readonly<Record<string, string>> = {}) {
  return fetch(`${server.apiOrigin}/orders/7`, {
    headers: { authorization: `Bearer ${String(token)}`, ...headers },
  })
}

/** As `fetch`, which does not let a test choose Host or Sec-Fetch-Site. */
function statusOf(method: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const all = { 'content-length': '14', ...headers }
    const sent = request(server.issuer + SESSIONS_PATH, { method, headers: all }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end('{"user":"ada"}')
  })
}

describe('the development server', () => {
  test('signs in any user, with claims of whom something was said', async () => {
    expect(claimsIn((await tokensOf('ada'))['id_token'])).toMatchObject({
      sub: 'ada',
      name: 'Ada Lovelace',
      roles: ['admin'],
    })
    expect(claimsIn((await tokensOf('bob'))['id_token'])).toMatchObject({ sub: 'bob', name: 'bob' })
  })

  test('has a sample API that takes its access tokens and no others, on every path', async () => {
    const { access_token: token } = await tokensOf('ada')
    const answer = await callApi(token)
    expect(await answer.json()).toEqual({
      sub: 'ada',
      scope: 'orders:read',
      method: 'GET',
      path: '/orders/7',
    })
    const refused = await callApi(`${String(token).slice(0, -4)}AAAA`)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('invalid_token')
    expect((await fetch(`${server.apiOrigin}/`)).headers.get('www-authenticate')).toBe('Bearer')
    const described = await fetch(`${server.apiOrigin}/.well-known/oauth-protected-resource/v1/`)
    expect(await described.json()).toEqual({
      resource: `${server.apiOrigin}/v1/`,
      authorization_servers: [server.issuer],
    })
  })

  test('ends everything of a user at once', async () => {
    const [ada, bob] = [await tokensOf('ada'), await tokensOf('bob')]
    server.revoke('ada')
    const refresh = (tokens: Record<string, unknown>) =>
      post('/token', {
        grant_type: 'refresh_token',
        client_id: 'app',
        refresh_token: String(tokens['refresh_token']),
      })
    expect(await (await refresh(ada)).json()).toMatchObject({ error: 'invalid_grant' })
    expect((await callApi(ada['access_token'])).status).toBe(401)
    expect((await refresh(bob)).status).toBe(200)
    expect((await callApi(bob['access_token'])).status).toBe(200)
  })

  test('compares redirect URIs to the letter', async () => {
    for (const uri of [
      `${redirectUri}/`,
      `${redirectUri}?x=1`,
      'http://localhost:5174/auth/callback',
    ]) {
      const answer = await fetch(authorizationUrl({ redirect_uri: uri }), { redirect: 'manual' })
      expect(answer.status).toBe(400)
      expect(answer.headers.get('location')).toBeNull()
    }
  })

  test('refuses a request without PKCE', async () => {
    const answer = await fetch(
      authorizationUrl({ code_challenge: '', code_challenge_method: '' }),
      {
        redirect: 'manual',
      },
    )
    expect(answer.headers.get('location')).toContain('error=invalid_request')
  })

  test('lets the guardian’s origin read its answers, and no other', async () => {
    const form = { grant_type: 'refresh_token', client_id: 'app', refresh_token: 'none' }
    const allowed = async (origin: string) =>
      (await post('/token', form, origin)).headers.get('access-control-allow-origin')
    expect(await allowed('http://localhost:5173')).toBe('http://localhost:5173')
    expect(await allowed('http://localhost:9999')).toBeNull()
    const preflight = (origin: string) =>
      fetch(`${server.issuer}/token`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      }).then(({ headers }) => headers.get('access-control-allow-origin'))
    expect(await preflight('http://localhost:5173')).toBe('http://localhost:5173')
    expect(await preflight('http://localhost:9999')).toBeNull()
    const { access_token: token } = await tokensOf('ada')
    const toApi = async (origin: string) =>
      (await callApi(token, { origin })).headers.get('access-control-allow-origin')
    expect(await toApi('http://localhost:5173')).toBe('http://localhost:5173')
    expect(await toApi('http://localhost:9999')).toBeNull()
  })

  test('makes sessions for programs of this machine only: not for pages, nor by another name', async () => {
    const { port } = new URL(server.issuer)
    expect(await statusOf('POST', {})).toBe(200)
    expect(await statusOf('POST', { 'sec-fetch-site': 'none' })).toBe(200)
    expect(await statusOf('POST', { 'sec-fetch-site': 'same-origin' })).toBe(403)
    expect(await statusOf('POST', { origin: 'http://localhost:5173' })).toBe(403)
    expect(await statusOf('POST', { host: `evil.example:${port}` })).toBe(403)
    expect(await statusOf('DELETE', { origin: 'http://localhost:5173' })).toBe(403)
    expect(await statusOf('PUT', {})).toBe(400)
  })

  test('goes on with new keys after a rotation', async () => {
    const { access_token: old } = await tokensOf('ada')
    await server.rotateKeys()
    const { keys } = (await (await fetch(`${server.issuer}/jwks`)).json()) as { keys: unknown[] }
    expect(keys).toHaveLength(2)
    expect((await callApi((await tokensOf('ada'))['access_token'])).status).toBe(200)
    expect((await callApi(old)).status).toBe(401)
  })

  test('listens on loopback only, unless it is told otherwise', async () => {
    // It belongs to the machine, and is not where a server on loopback is looked for.
    const other = '127.0.0.2'
    const answers = (issuer: string) =>
      fetch(`http://${other}:${new URL(issuer).port}/jwks`).then(
        ({ ok }) => ok,
        () => false,
      )
    expect(await answers(server.issuer)).toBe(false)
    const exposed = await startDevServer({ ...options, dangerouslyListenOn: other })
    expect(await answers(exposed.issuer)).toBe(true)
    await exposed.close()
  })

  test('lets its ports go when it cannot start', async () => {
    const taken = Number(new URL(server.apiOrigin ?? '').port)
    await expect(startDevServer({ ...options, apiPort: taken })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })

  test('names every mistake in its options', async () => {
    const wrong: DevServerOptions = {
      port: 0,
      clients: [
        { clientId: '', redirectUris: ['/auth/callback'] },
        { clientId: 'x', redirectUris: [] },
        { clientId: 'y', redirectUris: ['http://*.example/cb', 'http://localhost/#x'] },
      ],
      users: { ada: { sub: 'somebody else' } },
      appOrigins: ['http://localhost:5173/'],
    }
    const message = await startDevServer(wrong).catch((error: unknown) => String(error))
    for (const part of [
      'must not be empty',
      '/auth/callback',
      '“x” needs',
      '*',
      '#x',
      '“sub”',
      '5173/',
    ]) {
      expect(message).toContain(part)
    }
    await expect(startDevServer({ clients: [] })).rejects.toThrow(TypeError)
  })
})
