import type {
  AuthorizationServerMetadata,
  LogoutVariant,
  ParsedClient,
  ParsedConfig,
  ParsedResource,
  ParsedVault,
  ResponseMode,
} from './config.ts'
import { FieldReader, isRecord, type Report } from './field-reader.ts'
import { readAuthorizationDetails } from './parse-authorization-details.ts'
import { readDestinations } from './parse-destinations.ts'
import { readTarget, withTargets, type TokenTarget } from './token-target.ts'

const ASYMMETRIC = 'RS256 PS256 ES256 EdDSA Ed25519 RS384 PS384 ES384 RS512 PS512 ES512'.split(' ')
const PROFILE =
  'name given_name family_name middle_name nickname preferred_username picture email email_verified locale zoneinfo updated_at'.split(
    ' ',
  )
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']
/** Parameters that only the guardian sets, whatever `allowedLoginParams` says. */
export const RESERVED_PARAMETERS: readonly string[] =
  'client_id client_secret redirect_uri response_type response_mode state nonce code_challenge code_challenge_method scope request request_uri dpop_jkt authorization_details resource id_token_hint registration web_message_uri web_message_target'.split(
    ' ',
  )
/** Claims that are part of the protocol or of a token's binding: never shown to a page. */
const HIDDEN_CLAIMS = [
  'nonce',
  'at_hash',
  'c_hash',
  's_hash',
  'cnf',
  'jti',
  'sid',
  'azp',
  'aud',
  'iss',
]

/**
 * Checks a configuration as a whole.
 * @throws TypeError that lists every problem: where it is, what is wrong and what to write instead.
 */
export function parseConfig(input: unknown): ParsedConfig {
  const problems: string[] = []
  const report = (where: string, what: string): void => void problems.push(`${where}: ${what}`)
  const root = new FieldReader(input, 'config', report)
  root.only(
    'clients resources topology vaultOrigin appOrigins serverOrigins storage deploymentCheck developmentPanel scope loginPath logoutPath downloadPath'.split(
      ' ',
    ),
  )
  const topology = root.raw('topology')
  if (topology !== 'same-origin' && topology !== 'vault') {
    report('config.topology', `must be 'vault' or 'same-origin'`)
  }
  const loginPath = root.path('loginPath', '/auth/login')
  const logoutPath = root.path('logoutPath', '/auth/logout')
  const downloadPath = root.path('downloadPath', '/auth/download/')
  const plainClients = readClients(root.raw('clients'), report)
  const { plainResources, targets } = readResources(root.raw('resources'), plainClients, report)
  const { clients, resources } = withTargets(plainClients, plainResources, targets, report)
  const vault = topology === 'vault' ? readVault(root, clients, resources, report) : undefined
  if (topology === 'same-origin') {
    for (const field of ['vaultOrigin', 'appOrigins', 'serverOrigins']) {
      if (root.raw(field) !== undefined) root.wrong(field, `is for topology 'vault' only`)
    }
  } else if (root.raw('storage') !== undefined) {
    root.wrong('storage', `is for topology 'same-origin' only`)
  }
  const storage = vault
    ? 'vault-indexeddb'
    : root.oneOf('storage', ['memory', 'shared-indexeddb'] as const, 'memory')
  const deploymentCheck = root.oneOf('deploymentCheck', ['off', 'warn', 'strict'] as const, 'warn')
  const developmentPanel = root.flag('developmentPanel')
  const scope = root.raw('scope') === undefined ? {} : { scope: root.path('scope', '/') }

  const paths = [loginPath, logoutPath, ...clients.map(({ redirectPath }) => redirectPath)]
  if (!downloadPath.endsWith('/') || paths.some((path) => path.startsWith(downloadPath))) {
    root.wrong('downloadPath', `must end in '/', and no other path may lie below it`)
  }
  if (loginPath === logoutPath) report('config.logoutPath', 'must differ from loginPath')
  for (const { name, redirectPath, issuer } of clients) {
    if (redirectPath === loginPath || redirectPath === logoutPath) {
      report(`config.clients.${name}.redirectPath`, 'must differ from loginPath and logoutPath')
    }
    for (const resource of resources) {
      if (
        issuer !== '' &&
        `${withSlash(issuer)}`.startsWith(resource.origin + resource.pathPrefix)
      ) {
        report(
          'config.resources',
          `${resource.origin}${resource.pathPrefix} covers the authorization server ${issuer}; narrow the prefix to the API's own path`,
        )
      }
    }
  }
  if (problems.length > 0) {
    throw new TypeError(`The guardian's configuration cannot be used:\n- ${problems.join('\n- ')}`)
  }
  return {
    clients,
    resources,
    ...(vault ? { vault } : {}),
    storage,
    deploymentCheck,
    developmentPanel,
    ...scope,
    loginPath,
    logoutPath,
    downloadPath,
  }
}

function readVault(
  root: FieldReader,
  clients: readonly ParsedClient[],
  resources: readonly ParsedResource[],
  report: Report,
): ParsedVault {
  const [origin = ''] = root.origins('vaultOrigin', [root.raw('vaultOrigin')])
  const appOrigins = root.origins('appOrigins', root.raw('appOrigins'))
  if (appOrigins.length === 0) root.wrong('appOrigins', 'needs at least one origin')
  if (appOrigins.includes(origin)) {
    root.wrong('vaultOrigin', 'must not be an origin of the app: script there could read the vault')
  }
  const servers = clients.flatMap(({ issuer, metadata = {} }) => [
    issuer,
    ...Object.values(metadata).filter((url) => typeof url === 'string' && /^https?:/.test(url)),
  ]) as string[]
  const listed = root.raw('serverOrigins')
  const serverOrigins = listed === undefined ? [] : root.origins('serverOrigins', listed)
  const known = new Set([...servers.map(originOf), ...serverOrigins])
  known.delete('')
  if (origin !== '' && (known.has(origin) || resources.some((api) => api.origin === origin))) {
    report('config.vaultOrigin', 'must hold nothing else: no API and no authorization server')
  }
  return { origin, appOrigins, serverOrigins: [...known] }
}

function originOf(url: string): string {
  try {
    return new URL(url).origin
  } catch {
    return ''
  }
}

function readClients(input: unknown, report: Report): ParsedClient[] {
  if (!isRecord(input)) {
    report('config.clients', 'must be a client, or an object of clients by name')
    return []
  }
  const named = 'issuer' in input || 'clientId' in input ? { default: input } : input
  const names = Object.keys(named)
  if (names.length === 0) report('config.clients', 'needs at least one client')
  return names.map((name) => {
    const where = `config.clients.${name}`
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) report(where, 'a name has 1 to 64 of A-Z a-z 0-9 _ -')
    return readClient(name, new FieldReader(named[name], where, report))
  })
}

function readClient(name: string, client: FieldReader): ParsedClient {
  client.only(
    'issuer metadata clientId redirectPath scope responseMode par loginLink authorizationDetails logout dpop allowedLoginParams claims userInfo clockToleranceSeconds refreshLeewaySeconds idTokenSigningAlgs'.split(
      ' ',
    ),
  )
  const issuer = client.serverUrl('issuer')
  const metadata = client.raw('metadata')
  if (metadata !== undefined && !isRecord(metadata)) client.wrong('metadata', 'must be an object')
  if (isRecord(metadata) && metadata['issuer'] !== issuer) {
    client.wrong('metadata', `its issuer must be exactly '${issuer}' (RFC 8414 section 3.3)`)
  }
  const scope = client.text('scope', 'openid').split(' ').filter(Boolean)
  if (scope.some((token) => !/^[\x21\x23-\x5B\x5D-\x7E]+$/.test(token))) {
    client.wrong('scope', 'has characters that a scope must not have (RFC 6749 section 3.3)')
  }
  const allowedLoginParams = client.texts('allowedLoginParams', [])
  const reserved = allowedLoginParams.filter((param) => RESERVED_PARAMETERS.includes(param))
  if (reserved.length > 0) {
    client.wrong(
      'allowedLoginParams',
      `only the guardian sets ${reserved.join(', ')}; leave them out`,
    )
  }
  const claims = client.texts('claims', PROFILE)
  const hidden = claims.filter((claim) => HIDDEN_CLAIMS.includes(claim))
  if (hidden.length > 0)
    client.wrong('claims', `pages never see ${hidden.join(', ')}; leave them out`)
  const idTokenSigningAlgs = client.texts('idTokenSigningAlgs', ASYMMETRIC)
  const unsafe = idTokenSigningAlgs.filter((alg) => !ASYMMETRIC.includes(alg))
  if (unsafe.length > 0 || idTokenSigningAlgs.length === 0) {
    client.wrong('idTokenSigningAlgs', `only ${ASYMMETRIC.join(', ')} are possible`)
  }
  return {
    name,
    issuer,
    ...(isRecord(metadata) ? { metadata: metadata as unknown as AuthorizationServerMetadata } : {}),
    clientId: client.text('clientId'),
    redirectPath: client.path('redirectPath', '/auth/callback'),
    scope,
    responseMode: readResponseMode(client),
    par: client.oneOf('par', ['auto', 'required', 'never'] as const, 'auto'),
    loginLink: client.flag('loginLink'),
    authorizationDetails: readAuthorizationDetails(client),
    // From the APIs, when they are read.
    resourceIndicators: [],
    logout: client.oneOf<LogoutVariant>('logout', ['auto', 'auth0', 'cognito', 'none'], 'auto'),
    dpop: client.oneOf('dpop', ['auto', 'required', 'never'] as const, 'never'),
    allowedLoginParams,
    claims,
    userInfo: client.flag('userInfo', false),
    clockToleranceSeconds: client.wholeNumber('clockToleranceSeconds', 30, 300),
    refreshLeewaySeconds: client.wholeNumber('refreshLeewaySeconds', 30, 3600),
    idTokenSigningAlgs,
  }
}

const MODES: readonly ResponseMode[] = [
  'query',
  'fragment',
  'form_post',
  'query.jwt',
  'fragment.jwt',
  'form_post.jwt',
]

function readResponseMode(client: FieldReader): ResponseMode {
  if (client.raw('responseMode') !== 'jwt') return client.oneOf('responseMode', MODES, 'query')
  client.wrong('responseMode', `'jwt' leaves the way to the server; write 'query.jwt' or another`)
  return 'query.jwt'
}

function readResources(
  input: unknown,
  clients: readonly ParsedClient[],
  report: Report,
): { readonly plainResources: ParsedResource[]; readonly targets: TokenTarget[] } {
  if (!Array.isArray(input)) {
    report('config.resources', `must be a list such as [{ url: 'https://api.example.com/v1/' }]`)
    return { plainResources: [], targets: [] }
  }
  const targets: TokenTarget[] = []
  const plainResources = input.map((entry: unknown, index) => {
    const resource = new FieldReader(entry, `config.resources[${index}]`, report)
    resource.only(
      'url methods destinations client resource audience scope replayBodyLimitBytes'.split(' '),
    )
    targets.push(readTarget(resource))
    const url = resource.serverUrl('url')
    if (url !== '' && !url.endsWith('/')) {
      resource.wrong(
        'url',
        `must end in '/', so that '${url}' does not match '${url}.evil'; write '${url}/'`,
      )
    }
    const only = clients.length === 1 ? clients[0]?.name : undefined
    const client = resource.text('client', only)
    if (client !== '' && !clients.some(({ name }) => name === client)) {
      resource.wrong('client', `there is no client '${client}' in config.clients`)
    }
    const methods = resource.texts('methods', METHODS)
    for (const method of methods) {
      if (!/^[A-Z]+$/.test(method) || ['CONNECT', 'TRACE', 'TRACK'].includes(method)) {
        resource.wrong('methods', `'${method}' is not a method that fetch can send in upper case`)
      }
    }
    const parsed = url === '' ? undefined : new URL(url)
    return {
      origin: parsed?.origin ?? '',
      pathPrefix: parsed?.pathname ?? '/',
      methods,
      destinations: readDestinations(resource, methods),
      client,
      replayBodyLimitBytes: resource.wholeNumber('replayBodyLimitBytes', 64 * 1024 * 1024, 2 ** 40),
    }
  })
  return { plainResources, targets }
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`
}
