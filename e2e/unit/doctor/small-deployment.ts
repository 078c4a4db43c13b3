import type { IncomingMessage } from 'node:http'
import { createCertificate } from '../../servers/certificate.ts'
import { readText } from '../../../src/testing/server/http-text.ts'
import { listenOnLoopback, type Listener } from '../../../src/testing/server/listener.ts'
import { refuseUnparsed } from '../../servers/refuse-unparsed.ts'
import type { ClientConfig, GuardianConfig } from '../../../src/contract/config.ts'
import { parseConfig } from '../../../src/contract/parse-config.ts'
import { siteOfVault, vaultHeaders } from '../../../src/vite/vault-headers.ts'

type Site = 'app' | 'vault' | 'server' | 'api'

export interface Asked {
  readonly site: Site
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly form: URLSearchParams
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** What a test breaks: gets the right reply, and returns another one or nothing. */
export type Break = (
  asked: Asked,
  reply: Reply,
  origins: Readonly<Record<Site, string>>,
) => Reply | void

export interface SmallDeploymentOptions {
  readonly topology: GuardianConfig['topology']
  readonly break?: Break
  readonly client?: Partial<ClientConfig>
  readonly config?: (
    config: GuardianConfig,
    origins: Readonly<Record<Site, string>>,
  ) => GuardianConfig
  readonly https?: boolean
}

/** A right deployment of four small servers, of which a test breaks any answer. */
export interface SmallDeployment {
  readonly appUrl: string
  readonly config: GuardianConfig
  /** PEM, with https. */
  readonly ca?: string
  close(): Promise<void>
}

/** Of a request that is too long for the server. */
const UNPARSED = {
  method: '',
  path: '(unparsed)',
  query: new URLSearchParams(),
  headers: {},
  form: new URLSearchParams(),
}
const HTML = { 'content-type': 'text/html; charset=utf-8' }
const SCRIPT = { 'content-type': 'text/javascript', 'cache-control': 'no-cache' }
const FORM_LIMIT = 65_536

export async function startSmallDeployment({
  topology,
  break: breakReply = () => undefined,
  client = {},
  config: change = (config) => config,
  https = false,
}: SmallDeploymentOptions): Promise<SmallDeployment> {
  const certificate = https ? createCertificate(['localhost']) : undefined
  const listen = (): Promise<Listener> => listenOnLoopback(0, { certificate })
  const listeners = {
    app: await listen(),
    vault: await listen(),
    server: await listen(),
    api: await listen(),
  }
  const origins = Object.fromEntries(
    Object.entries(listeners).map(([site, { origin }]) => [site, origin]),
  ) as Record<Site, string>
  const vault = { vaultOrigin: origins.vault, appOrigins: [origins.app] }
  const right: GuardianConfig = {
    topology,
    ...(topology === 'vault' && vault),
    clients: { issuer: origins.server, clientId: 'app', ...client },
    resources: [{ url: `${origins.api}/v1/` }],
  }
  const config = change(right, origins)
  if (config.vaultOrigin !== undefined) origins.vault = config.vaultOrigin
  const replies = rightReplies(origins, config, https)
  for (const site of ['app', 'vault', 'server', 'api'] as const) {
    const answer = async (request: IncomingMessage): Promise<Reply> => {
      const { pathname, searchParams } = new URL(request.url ?? '/', origins[site])
      const asked: Asked = {
        site,
        method: request.method ?? '',
        path: pathname,
        query: searchParams,
        headers: request.headers,
        form: new URLSearchParams(await readText(request, FORM_LIMIT)),
      }
      const reply = replies[site](asked)
      return breakReply(asked, reply, origins) ?? reply
    }
    const unparsed = { status: 431, headers: appHeaders(origins, topology, https) }
    listeners[site].serve(
      (request, response) =>
        void answer(request).then(({ status, headers, body }) => {
          response.writeHead(status, headers).end(body)
        }),
      (error, socket) => {
        const { headers } = breakReply({ ...UNPARSED, site }, unparsed, origins) ?? unparsed
        refuseUnparsed(error, socket, headers)
      },
    )
  }
  return {
    appUrl: `${origins.app}/`,
    config,
    ...(certificate && { ca: certificate.cert }),
    close: async () => {
      await Promise.all(Object.values(listeners).map((listener) => listener.close()))
    },
  }
}

function appHeaders(
  { app, vault, api }: Readonly<Record<Site, string>>,
  topology: GuardianConfig['topology'],
  https: boolean,
): Record<string, string> {
  const frames = topology === 'vault' ? vault : "'none'"
  return {
    'content-security-policy': `default-src 'self'; connect-src 'self' ${api}; frame-src ${frames}; object-src 'none'; worker-src ${app}/sw.js`,
    ...(https && { 'strict-transport-security': 'max-age=63072000' }),
  }
}

function rightReplies(
  origins: Readonly<Record<Site, string>>,
  config: GuardianConfig,
  https: boolean,
): Record<Site, (asked: Asked) => Reply> {
  const { topology } = config
  const parsed = parseConfig(config)
  const site = parsed.vault && siteOfVault(parsed, parsed.vault)
  const flow = ['/auth/login', '/auth/logout', '/auth/callback']
  const guardian = topology === 'vault' ? origins.vault : origins.app
  const safe = { location: '/#_', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' }
  const base = appHeaders(origins, topology, https)
  const readable = {
    'access-control-allow-origin': guardian,
    'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce, Retry-After',
  }
  const leave = {
    'access-control-allow-origin': guardian,
    'access-control-allow-headers': 'authorization, dpop, content-type',
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  }
  const json = (status: number, value: unknown): Reply => ({
    status,
    headers: { ...readable, 'content-type': 'application/json' },
    body: JSON.stringify(value),
  })
  return {
    app: ({ path, query, headers }) => {
      const isWorker = path === '/sw.js' && query.size === 0
      if (headers['service-worker'] !== undefined && !isWorker)
        return { status: 403, headers: base }
      if (isWorker) return { status: 200, headers: SCRIPT }
      if (path === '/assets/app.js') return { status: 200, headers: { ...base, ...SCRIPT } }
      if (topology === 'same-origin' && flow.includes(path)) return { status: 303, headers: safe }
      const body = '<!doctype html><script src="/assets/app.js"></script>'
      return { status: path === '/' ? 200 : 404, headers: { ...base, ...HTML }, body }
    },
    vault: ({ path, headers }) => {
      const own = site ? vaultHeaders(site, path) : {}
      if (headers['service-worker'] !== undefined && path !== '/guardian-sw.js') {
        return { status: 403, headers: own }
      }
      if (/^\/[a-z-]+\.js$/.test(path)) return { status: 200, headers: { ...SCRIPT, ...own } }
      const isThere = ['/bridge.html', '/popup.html', ...flow].includes(path)
      return { status: isThere ? 200 : 404, headers: { ...own, ...HTML } }
    },
    server: ({ method, path, query, form }) => {
      if (method === 'OPTIONS') return { status: 204, headers: leave }
      if (path === '/.well-known/openid-configuration') return json(200, metadataOf(origins.server))
      if (path === '/token') return json(400, { error: 'invalid_grant' })
      if (path === '/jwks') return json(200, { keys: [] })
      if (path === '/revoke') return json(200, {})
      const registered = `${guardian}/auth/callback`
      if (path === '/par') {
        return form.get('redirect_uri') === registered
          ? json(201, { request_uri: 'urn:pushed', expires_in: 60 })
          : json(400, { error: 'invalid_request' })
      }
      const isTaken =
        query.get('redirect_uri') === registered || query.get('request_uri') === 'urn:pushed'
      if (path !== '/auth') return json(404, {})
      if (!isTaken) return { status: 400, headers: HTML }
      const location = `${registered}?error=login_required&state=${query.get('state')}`
      return { status: 303, headers: { location } }
    },
    api: ({ method }) =>
      method === 'OPTIONS'
        ? { status: 204, headers: leave }
        : { status: 401, headers: { ...readable, 'www-authenticate': 'Bearer' } },
  }
}

/** Everything that the doctor looks at, as it should be. */
function metadataOf(issuer: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    revocation_endpoint: `${issuer}/revoke`,
    userinfo_endpoint: `${issuer}/userinfo`,
    pushed_authorization_request_endpoint: `${issuer}/par`,
    code_challenge_methods_supported: ['S256'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    id_token_signing_alg_values_supported: ['RS256'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    authorization_response_iss_parameter_supported: true,
  }
}
