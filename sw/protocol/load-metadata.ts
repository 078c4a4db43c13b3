import * as oauth from 'oauth4webapi'
import type { ParsedClient } from '../../src/contract/config.ts'
import { isLoopback } from '../../src/contract/field-reader.ts'
import { failure } from './failure.ts'
import { Nonces } from './nonces.ts'
import { requestOptions, type Server, type Wire } from './server.ts'

const NEEDED = ['authorization_endpoint', 'token_endpoint'] as const
const CHECKED = [
  ...NEEDED,
  'jwks_uri',
  'revocation_endpoint',
  'end_session_endpoint',
  'userinfo_endpoint',
  'introspection_endpoint',
  'pushed_authorization_request_endpoint',
] as const

/**
 * Metadata from the configuration, or by discovery: OpenID Connect Discovery section 4 first, then RFC 8414 section 3.
 * @throws AuthError `metadata-unreachable`, `metadata-invalid`
 */
export async function loadMetadata(client: ParsedClient, wire: Wire): Promise<Server> {
  const configured = client.metadata as oauth.AuthorizationServer | undefined
  return checkMetadata(configured ?? (await discover(client.issuer, wire)), client)
}

async function discover(issuer: string, wire: Wire): Promise<oauth.AuthorizationServer> {
  let status: number | undefined
  let redirected = false
  for (const algorithm of ['oidc', 'oauth2'] as const) {
    const response = await request(issuer, algorithm, wire)
    if (response.status === 200) return read(issuer, response)
    status = response.status
    redirected ||= response.type === 'opaqueredirect' || status === 0
    if (status >= 500 || status === 429) break
  }
  throw failure(redirected ? 'metadata-invalid' : 'metadata-unreachable', 'discovery', {
    message: `There is no metadata at ${issuer}; check the issuer, or configure \`metadata\``,
    status,
  })
}

async function request(
  issuer: string,
  algorithm: 'oidc' | 'oauth2',
  wire: Wire,
): Promise<Response> {
  try {
    return await oauth.discoveryRequest(new URL(issuer), { algorithm, ...requestOptions(wire) })
  } catch {
    throw failure('metadata-unreachable', 'discovery', {
      message: `The metadata of ${issuer} could not be loaded; check the network, and that its CORS allows this origin`,
    })
  }
}

async function read(issuer: string, response: Response): Promise<oauth.AuthorizationServer> {
  try {
    return await oauth.processDiscoveryResponse(new URL(issuer), response)
  } catch {
    throw invalid(`The metadata of ${issuer} is not a JSON document of that issuer`)
  }
}

function checkMetadata(metadata: oauth.AuthorizationServer, client: ParsedClient): Server {
  const { issuer } = client
  // URL equality is not enough: RFC 8414 section 3.3 wants identical strings.
  if (metadata.issuer !== issuer) {
    throw invalid(`The metadata's issuer is not exactly '${issuer}'; copy the server's spelling`)
  }
  for (const endpoint of CHECKED) {
    const value = metadata[endpoint]
    const needed = NEEDED.some((name) => name === endpoint)
    if (value === undefined ? needed : !isSecureUrl(value)) {
      throw invalid(`The metadata of ${issuer} has no usable ${endpoint}; it must be an https URL`)
    }
  }
  const methods: unknown = metadata.code_challenge_methods_supported
  if (methods !== undefined && !(Array.isArray(methods) && methods.includes('S256'))) {
    throw invalid(`${issuer} does not support PKCE with S256, which the guardian always uses`)
  }
  const isSigned = client.scope.includes('openid') || client.responseMode.endsWith('.jwt')
  if (isSigned && metadata.jwks_uri === undefined) {
    throw invalid(`The metadata of ${issuer} has no jwks_uri, which signatures are checked with`)
  }
  return {
    client,
    nonces: new Nonces(),
    // The configured list decides, never the server's own.
    metadata: {
      ...metadata,
      id_token_signing_alg_values_supported: [...client.idTokenSigningAlgs],
      authorization_signing_alg_values_supported: [...client.idTokenSigningAlgs],
    },
  }
}

function isSecureUrl(value: unknown): boolean {
  try {
    const url = new URL(value as string)
    if (typeof value !== 'string' || url.username + url.password + url.hash !== '') return false
    return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  } catch {
    return false
  }
}

function invalid(message: string): Error {
  return failure('metadata-invalid', 'discovery', { message })
}
