import { metadata, reply } from './breaks.ts'
import type { Case } from './diagnose.ts'

/** What is broken, and what is found then: metadata. */
export const metadataCases: readonly Case[] = [
  {
    id: 'metadata-unreachable',
    when: 'both places are empty',
    break: reply('server', '/.well-known/openid-configuration', { status: 404 }),
    says: 'answers 404',
  },
  {
    id: 'metadata-redirected',
    when: 'it moved',
    break: reply('server', '/.well-known/openid-configuration', {
      status: 301,
      headers: { location: 'https://id.example/' },
    }),
    says: 'redirects to https://id.example/',
  },
  {
    id: 'metadata-issuer',
    when: 'there is a slash at the end',
    break: metadata((issuer) => ({ issuer: `${issuer}/` })),
    says: /issuer: 'http:\/\/localhost:\d+\/'/,
  },
  {
    id: 'metadata-invalid',
    when: 'it is a page',
    break: reply('server', '/.well-known/openid-configuration', { body: '<!doctype html>' }),
    says: 'no JSON object',
  },
  {
    id: 'metadata-invalid',
    when: 'there are no keys',
    break: metadata(() => ({ jwks_uri: undefined })),
    says: 'jwks_uri is missing',
  },
  {
    id: 'metadata-invalid',
    when: 'an endpoint is no https URL',
    break: metadata(() => ({ end_session_endpoint: 'http://id.example/logout' })),
    says: "end_session_endpoint is 'http://id.example/logout'",
  },
  ...['nonsense', 'https://user@id.example/logout'].map((url) => ({
    id: 'metadata-invalid' as const,
    when: `an endpoint is ${url}`,
    break: metadata(() => ({ end_session_endpoint: url })),
    says: `end_session_endpoint is '${url}', no https URL`,
  })),
  {
    id: 'endpoint-covered',
    when: 'tokens are revoked below the API',
    break: (asked, right, origins) =>
      metadata(() => ({ revocation_endpoint: `${origins.api}/v1/revoke` }))(asked, right, origins),
    says: /\/v1\/ covers its revocation_endpoint/,
  },
  {
    id: 'pkce-missing',
    when: 'plain is all there is',
    break: metadata(() => ({ code_challenge_methods_supported: ['plain'] })),
    says: 'offers plain',
  },
  {
    id: 'pkce-unnamed',
    when: 'nothing is said',
    break: metadata(() => ({ code_challenge_methods_supported: undefined })),
  },
  {
    id: 'response-mode-missing',
    when: 'it signs no responses',
    client: { responseMode: 'query.jwt' },
    says: 'not query.jwt',
  },
  {
    id: 'iss-missing',
    when: 'nothing is said',
    break: metadata(() => ({ authorization_response_iss_parameter_supported: undefined })),
  },
  {
    id: 'redirect-path-shared',
    when: 'two servers have one',
    config: (config, { server, api }) => ({
      ...config,
      clients: {
        one: { issuer: server, clientId: 'app' },
        two: { issuer: `${server}/two`, clientId: 'app' },
      },
      resources: [{ url: `${api}/v1/`, client: 'one' }],
    }),
    break: (asked, right, { server }) => {
      if (asked.path !== '/two/.well-known/openid-configuration') return undefined
      const { 'access-control-allow-origin': origin = '' } = right.headers
      const body = {
        issuer: `${server}/two`,
        authorization_endpoint: `${server}/auth`,
        token_endpoint: `${server}/token`,
        jwks_uri: `${server}/jwks`,
        code_challenge_methods_supported: ['S256'],
      }
      const answered = { 'access-control-allow-origin': origin }
      return { status: 200, headers: answered, body: JSON.stringify(body) }
    },
  },
  {
    id: 'par-mismatch',
    when: 'requests are to be pushed and cannot be',
    client: { par: 'required' },
    break: metadata(() => ({ pushed_authorization_request_endpoint: undefined })),
  },
  {
    id: 'par-mismatch',
    when: 'requests must be pushed and are not to be',
    client: { par: 'never' },
    break: metadata(() => ({ require_pushed_authorization_requests: true })),
    says: "par: 'never'",
  },
  { id: 'dpop-missing', when: 'nothing is said of it', client: { dpop: 'required' } },
  {
    id: 'dpop-unused',
    when: 'the client leaves it out',
    break: metadata(() => ({ dpop_signing_alg_values_supported: ['ES256'] })),
  },
  {
    id: 'web-message',
    when: 'it is in the list',
    break: metadata(() => ({ response_modes_supported: ['query', 'web_message'] })),
  },
  {
    id: 'id-token-algorithms',
    when: 'they are symmetric',
    break: metadata(() => ({ id_token_signing_alg_values_supported: ['HS256'] })),
  },
  {
    id: 'refresh-missing',
    when: 'the grant type is not in the list',
    break: metadata(() => ({ grant_types_supported: ['authorization_code'] })),
  },
]
