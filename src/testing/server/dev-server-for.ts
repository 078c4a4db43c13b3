import type {
  GuardianConfig,
  ParsedClient,
  ParsedConfig,
  ParsedResource,
} from '../../contract/config.ts'
import { parseConfig } from '../../contract/parse-config.ts'
import type { DevServerOptions } from './dev-server-options.ts'

export interface DevServerForOptions {
  /** Same-origin topology: the origin of the app, which its configuration does not hold. */
  readonly appOrigin?: string
}

/** OpenID Connect's own scopes. */
const OPENID_SCOPES = ['openid', 'profile', 'email', 'offline_access']

/**
 * The development server that a guardian's configuration needs: its issuer's port, its clients with their redirect URIs, its scopes
 * and, where the first API on this machine would be, the sample API.
 * @throws TypeError when the configuration cannot be used, or its issuer is no server that can be started here
 */
export function devServerFor(
  config: GuardianConfig,
  { appOrigin }: DevServerForOptions = {},
): DevServerOptions {
  const parsed = parseConfig(config)
  const { vault } = parsed
  const guardianOrigin = vault?.origin ?? appOrigin
  if (guardianOrigin === undefined) {
    throw new TypeError(
      'The app’s origin is not in a configuration of the same-origin topology: give it too, such as http://localhost:5173',
    )
  }
  const issuer = issuerHere(parsed.clients)
  const clients = parsed.clients.filter((client) => client.issuer === issuer)
  const api = parsed.resources.find(({ origin }) => isHere(origin))
  const origins = new Set(
    parsed.resources
      .filter(({ client }) => clients.some(({ name }) => name === client))
      .map(audienceOf),
  )
  const { port } = new URL(issuer)
  return {
    port: Number(port || 80),
    apiPort: api ? Number(new URL(api.origin).port || 80) : false,
    clients: registrations(clients, parsed, guardianOrigin),
    resources: [...origins],
    ...(api && { apiAudience: audienceOf(api) }),
    scopes: [...new Set(clients.flatMap(({ scope }) => scope))].filter(
      (scope) => !OPENID_SCOPES.includes(scope),
    ),
    appOrigins: vault?.appOrigins ?? [],
  }
}

/** Clients of a configuration may be one registration with several redirect paths. */
function registrations(
  clients: readonly ParsedClient[],
  { logoutPath }: ParsedConfig,
  guardianOrigin: string,
): DevServerOptions['clients'] {
  return [...new Set(clients.map(({ clientId }) => clientId))].map((clientId) => ({
    clientId,
    redirectUris: clients
      .filter((client) => client.clientId === clientId)
      .map(({ redirectPath }) => guardianOrigin + redirectPath),
    postLogoutRedirectUris: [guardianOrigin + logoutPath],
  }))
}

function issuerHere(clients: readonly ParsedClient[]): string {
  const issuers = [...new Set(clients.map(({ issuer }) => issuer).filter(isHere))]
  const [issuer] = issuers
  if (issuer !== undefined && issuers.length === 1 && new URL(issuer).origin === issuer) {
    return issuer
  }
  throw new TypeError(
    `The issuer of one client must be an origin such as http://localhost:4000, where the development server can listen; the configuration has ${clients.map((client) => client.issuer).join(', ')}`,
  )
}

/** What access tokens for an API say that they are for. */
function audienceOf({ origin, target }: ParsedResource): string {
  return target?.resource ?? `${origin}/`
}

function isHere(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && hostname === 'localhost'
}
