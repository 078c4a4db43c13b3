import type { ParsedClient } from '../../contract/config.ts'
import { isLoopback } from '../../contract/field-reader.ts'
import { isRedirect, parseUrl, type Deployment } from '../deployment.ts'
import { found, shown, type Result } from '../finding.ts'
import { listOf, type Discovered, type Metadata, type Servers } from '../servers.ts'

const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'revocation_endpoint',
  'end_session_endpoint',
  'userinfo_endpoint',
  'pushed_authorization_request_endpoint',
]
/** Endpoints that get or give tokens: no API may cover them. */
const GUARDED = [
  'authorization_endpoint',
  'token_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'pushed_authorization_request_endpoint',
]

/** What each authorization server says of itself, against what its client needs. */
export async function* checkMetadata(
  deployment: Deployment,
  servers: Servers,
): AsyncGenerator<Result> {
  const all: Discovered[] = []
  for (const client of deployment.config.clients) {
    const discovered = await servers.discover(client)
    all.push(discovered)
    const { metadata } = discovered
    if (!metadata) yield missing(discovered)
    else {
      yield* documentFindings(deployment, discovered, metadata)
      yield* featureFindings(client, metadata)
    }
  }
  yield* mixUpFindings(all)
}

function missing({ client: { issuer }, url = issuer, answer, failed }: Discovered): Result {
  if (answer === undefined) {
    const what = `${url} cannot be reached: ${failed ?? 'no answer'}`
    return found('metadata-unreachable', { subject: issuer, what })
  }
  if (isRedirect(answer)) {
    const what = `${url} redirects to ${shown(answer.headers.get('location') ?? 'nowhere')}`
    return found('metadata-redirected', { subject: issuer, what })
  }
  if (answer.status === 200) {
    return found('metadata-invalid', { subject: issuer, what: `${url} is no JSON object` })
  }
  const what = `${url} answers ${answer.status}`
  return found('metadata-unreachable', { subject: issuer, what })
}

function* documentFindings(
  { config }: Deployment,
  { client }: Discovered,
  metadata: Metadata,
): Generator<Result> {
  const { issuer, scope, responseMode } = client
  const subject = issuer
  if (metadata['issuer'] !== issuer) {
    const named = shown(metadata['issuer'])
    const what = `The metadata says '${named}', the configuration '${issuer}'`
    yield found('metadata-issuer', { subject, what, change: `issuer: '${named}'` })
  }
  const needsKeys = scope.includes('openid') || responseMode.endsWith('.jwt')
  const needed = ['authorization_endpoint', 'token_endpoint', ...(needsKeys ? ['jwks_uri'] : [])]
  for (const name of ENDPOINTS) {
    const value = metadata[name]
    if (value === undefined ? !needed.includes(name) : isSecureUrl(value)) continue
    const is = value === undefined ? 'missing' : `'${shown(value)}', no https URL`
    yield found('metadata-invalid', { subject, what: `Its ${name} is ${is}` })
  }
  for (const name of GUARDED) {
    const url = parseUrl(typeof metadata[name] === 'string' ? metadata[name] : undefined)
    const covering = config.resources.find(
      ({ origin, pathPrefix }) => url?.origin === origin && url.pathname.startsWith(pathPrefix),
    )
    if (covering === undefined) continue
    const what = `${covering.origin}${covering.pathPrefix} covers its ${name}`
    yield found('endpoint-covered', { subject, what })
  }
}

function isSecureUrl(value: unknown): boolean {
  const url = parseUrl(typeof value === 'string' ? value : undefined)
  if (!url || url.username + url.password + url.hash !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

function* featureFindings(client: ParsedClient, metadata: Metadata): Generator<Result> {
  const subject = client.issuer
  const methods = listOf(metadata, 'code_challenge_methods_supported')
  if (methods === undefined) yield found('pkce-unnamed', { subject })
  else if (!methods.includes('S256')) {
    const what = `It offers ${shown(methods.join(', ') || 'no method')}, not S256`
    yield found('pkce-missing', { subject, what })
  }
  const modes = listOf(metadata, 'response_modes_supported')
  if (modes?.includes(client.responseMode) === false) {
    const what = `It offers ${shown(modes.join(', '))}, not ${client.responseMode}`
    yield found('response-mode-missing', { subject, what })
  }
  if (modes?.includes('web_message') === true) yield found('web-message', { subject })
  yield* pushFindings(client, metadata)
  const proofs = listOf(metadata, 'dpop_signing_alg_values_supported')
  const isOffered = proofs?.includes('ES256') === true
  if (client.dpop === 'required' && !(isOffered || (client.metadata && proofs === undefined))) {
    yield found('dpop-missing', { subject })
  }
  if (client.dpop === 'never' && isOffered) yield found('dpop-unused', { subject })
  const algorithms = listOf(metadata, 'id_token_signing_alg_values_supported')
  const common = algorithms?.some((name) => client.idTokenSigningAlgs.includes(name))
  if (client.scope.includes('openid') && common === false) {
    const what = `It signs with ${shown(algorithms?.join(', ') ?? '')}, not with ${client.idTokenSigningAlgs.join(', ')}`
    yield found('id-token-algorithms', { subject, what })
  }
  if (listOf(metadata, 'grant_types_supported')?.includes('refresh_token') === false) {
    yield found('refresh-missing', { subject })
  }
}

function* pushFindings({ par, issuer }: ParsedClient, metadata: Metadata): Generator<Result> {
  const isDemanded = metadata['require_pushed_authorization_requests'] === true
  if (par === 'never' && isDemanded) {
    const what = "The server takes pushed requests only, the configuration says par: 'never'"
    yield found('par-mismatch', { subject: issuer, what })
  }
  const isPushed = par === 'required' || (par === 'auto' && isDemanded)
  if (isPushed && metadata['pushed_authorization_request_endpoint'] === undefined) {
    const what = 'Requests are to be pushed, but there is no endpoint for it'
    yield found('par-mismatch', { subject: issuer, what })
  }
}

function* mixUpFindings(all: readonly Discovered[]): Generator<Result> {
  for (const { client, metadata } of all) {
    if (!metadata || metadata['authorization_response_iss_parameter_supported'] === true) continue
    const { issuer, redirectPath, responseMode } = client
    // A signed response names its server in any case.
    if (responseMode.endsWith('.jwt')) continue
    const other = all.find(
      (one) => one.client.redirectPath === redirectPath && one.client.issuer !== issuer,
    )
    if (other === undefined) yield found('iss-missing', { subject: issuer })
    else {
      const what = `${redirectPath} is also for ${other.client.issuer}, and ${issuer} does not name itself`
      yield found('redirect-path-shared', { subject: issuer, what })
    }
  }
}
