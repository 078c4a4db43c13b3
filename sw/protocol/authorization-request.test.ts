import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { FakeServer } from '../../e2e/unit/fake-server.ts'
import { ISSUER, configWith } from '../../e2e/unit/parsed-config.ts'
import type { ClientConfig, ParsedClient } from '../../src/contract/config.ts'
import type { LoginParameters } from '../../src/contract/messages.ts'
import {
  authorizationUrl,
  makeAuthorizationRequest,
  type AuthorizationRequest,
} from './authorization-request.ts'
import { Nonces } from './nonces.ts'

const REDIRECT_URI = 'https://app.example/auth/callback'

async function request(
  login: LoginParameters = {},
  change: Partial<ClientConfig> = {},
): Promise<AuthorizationRequest & { readonly sent: URLSearchParams; readonly url: string }> {
  const { metadata } = await FakeServer.start()
  const client = configWith({ clients: { issuer: ISSUER, clientId: 'app', ...change } }).clients[0]
  const server = {
    metadata: { issuer: ISSUER, ...metadata },
    client: client as ParsedClient,
    nonces: new Nonces(),
  }
  const made = await makeAuthorizationRequest(server, REDIRECT_URI, login)
  const url = authorizationUrl(server, made.parameters)
  return { ...made, url, sent: new URL(url).searchParams }
}

test('asks for a code with PKCE S256, state and nonce', async () => {
  const { url, sent, state, nonce, verifier } = await request()
  expect(url.startsWith(`${ISSUER}/authorize?`)).toBe(true)
  expect(Object.fromEntries(sent)).toEqual({
    response_type: 'code',
    client_id: 'app',
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    state,
    nonce,
    code_challenge: createHash('sha256')
      .update(verifier?.reveal() ?? '')
      .digest('base64url'),
    code_challenge_method: 'S256',
  })
})

test('makes new state, nonce and verifier for every request, and shows no verifier in the URL', async () => {
  const made = await Promise.all(Array.from({ length: 20 }, () => request()))
  for (const secret of [
    made.map(({ state }) => state),
    made.map(({ nonce }) => nonce),
    made.map(({ verifier }) => verifier?.reveal()),
  ]) {
    expect(new Set(secret).size).toBe(20)
    expect(secret[0]?.length).toBeGreaterThanOrEqual(43)
  }
  for (const { url, verifier } of made) expect(url).not.toContain(verifier?.reveal() ?? url)
})

test('passes on what a page may ask for', async () => {
  const { sent } = await request(
    {
      prompt: 'login',
      loginHint: 'ada@example.com',
      maxAge: 0,
      acrValues: ['a', 'b'],
      uiLocales: ['de', 'en'],
      authorizationParams: { audience: 'x&client_id=evil' },
    },
    { responseMode: 'form_post', scope: 'openid profile' },
  )
  expect(Object.fromEntries(sent)).toMatchObject({
    prompt: 'login',
    login_hint: 'ada@example.com',
    max_age: '0',
    acr_values: 'a b',
    ui_locales: 'de en',
    audience: 'x&client_id=evil',
    response_mode: 'form_post',
    scope: 'openid profile',
    client_id: 'app',
  })
})

test('overwrites everything that only the guardian sets', async () => {
  const evil = {
    client_id: 'evil',
    redirect_uri: 'https://evil.example/',
    response_type: 'token',
    scope: 'everything',
    state: 'evil',
    nonce: 'evil',
    code_challenge: 'evil',
    code_challenge_method: 'plain',
  }
  const { sent } = await request({ authorizationParams: evil })
  for (const name of Object.keys(evil)) {
    expect(sent.getAll(name)).toHaveLength(1)
    expect(sent.get(name)).not.toBe(evil[name as keyof typeof evil])
  }
})

test('sends no nonce when no ID Token is wanted', async () => {
  const { sent, nonce } = await request({}, { scope: 'api' })
  expect(nonce).toBeUndefined()
  expect(sent.has('nonce')).toBe(false)
})

test('keeps a query that the endpoint has of its own, and lets it set nothing of the request', async () => {
  const client = configWith().clients[0] as ParsedClient
  const endpoint = `${ISSUER}/authorize?p=policy&state=evil&state=worse`
  const server = {
    metadata: { issuer: ISSUER, authorization_endpoint: endpoint },
    client,
    nonces: new Nonces(),
  }
  const { parameters, state } = await makeAuthorizationRequest(server, REDIRECT_URI, {})
  const sent = new URL(authorizationUrl(server, parameters)).searchParams
  expect(sent.get('p')).toBe('policy')
  expect(sent.getAll('state')).toEqual([state])
})

test('says for which APIs the token is, and with which details, whatever a page wants', async () => {
  const details = [{ type: 'payment', actions: ['initiate'] }]
  const client = {
    ...(configWith({ clients: { issuer: ISSUER, clientId: 'app', authorizationDetails: details } })
      .clients[0] as ParsedClient),
    resourceIndicators: ['https://a.example/', 'urn:b'],
    audience: 'https://a.example',
  }
  const evil = { resource: 'urn:evil', audience: 'urn:evil', authorization_details: '[]' }
  const server = { metadata: { issuer: ISSUER }, client, nonces: new Nonces() }
  const login = { authorizationParams: evil }
  const { parameters } = await makeAuthorizationRequest(server, REDIRECT_URI, login)
  expect(parameters.getAll('resource')).toEqual(['https://a.example/', 'urn:b'])
  expect(parameters.getAll('audience')).toEqual(['https://a.example'])
  expect(parameters.getAll('authorization_details')).toEqual([JSON.stringify(details)])
})
