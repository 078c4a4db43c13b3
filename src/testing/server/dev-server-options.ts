import type { RegisteredClient, UserClaims } from './registration.ts'

/** A public client of the development server, as it would be registered at a real one. */
export interface DevClient {
  readonly clientId: string
  /** Compared to the letter. The origins of all clients may call the server and the sample API from a browser. */
  readonly redirectUris: readonly string[]
  /** Default: `/auth/logout` and `/` of the redirect URIs' origins. */
  readonly postLogoutRedirectUris?: readonly string[]
}

export interface DevServerOptions {
  readonly clients: readonly DevClient[]
  /** Of the authorization server, whose issuer is `http://localhost:<port>`. 0 takes any that is free. Default 4000. */
  readonly port?: number
  /** Of the sample API at `http://localhost:<apiPort>`; `false`: there is none. 0 takes any that is free. Default 4001. */
  readonly apiPort?: number | false
  /** What access tokens may be for (RFC 8707); the first is for who asks for none. Default: the sample API's origin and `/`. */
  readonly resources?: readonly string[]
  /** Which of them is the sample API. Default: the first. */
  readonly apiAudience?: string
  /** Scopes of APIs that clients may ask for, besides OpenID Connect's own. */
  readonly scopes?: readonly string[]
  /** Claims of users by name. Everybody else may sign in too, with made-up ones. */
  readonly users?: Readonly<Record<string, UserClaims>>
  /** More origins whose pages may call the sample API, such as an app beside its vault. */
  readonly appOrigins?: readonly string[]
  /** Default 300. */
  readonly accessTokenSeconds?: number
  /** Seconds in which a rotated refresh token still works once more. Default 10; 0 treats every reuse as theft. */
  readonly refreshGraceSeconds?: number
  /** Demand a nonce in DPoP proofs. Default false. */
  readonly requireDpopNonce?: boolean
  /** Refuse authorization requests that were not pushed (RFC 9126). Default false. */
  readonly requirePushedRequests?: boolean
  /**
   * Address to listen on instead of loopback, such as `0.0.0.0` in a container. Everybody who can reach it can sign in as anybody.
   */
  readonly dangerouslyListenOn?: string
}

/** Options that were checked, with every default that needs no port. */
export interface ParsedDevServerOptions {
  readonly clients: readonly RegisteredClient[]
  /** Of the guardians: who may call the authorization server. */
  readonly guardianOrigins: readonly string[]
  /** Who may call the sample API. */
  readonly apiCallers: readonly string[]
  readonly users: ReadonlyMap<string, UserClaims>
}

/** @throws TypeError that lists every mistake */
export function parseDevServerOptions(options: DevServerOptions): ParsedDevServerOptions {
  const problems: string[] = []
  const { clients, users = {}, appOrigins = [] } = options
  if (clients.length === 0) problems.push('clients: at least one is needed')
  const names = clients.map(({ clientId }) => clientId)
  if (new Set(names).size < names.length) problems.push('clients: two have the same clientId')
  for (const { clientId, redirectUris, postLogoutRedirectUris = [] } of clients) {
    if (clientId === '') problems.push('clients: a clientId must not be empty')
    if (redirectUris.length === 0) {
      problems.push(`clients: “${clientId}” needs a redirect URI, for they are compared exactly`)
    }
    for (const uri of [...redirectUris, ...postLogoutRedirectUris]) {
      if (!isRedirectUri(uri)) {
        problems.push(
          `clients: “${uri}” is no redirect URI; write an absolute URL without a fragment, such as http://localhost:5173/auth/callback`,
        )
      }
    }
  }
  for (const origin of appOrigins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      problems.push(`appOrigins: “${origin}” is no origin; write http://localhost:5173`)
    }
  }
  for (const [name, claims] of Object.entries(users)) {
    if (Object.hasOwn(claims, 'sub')) {
      problems.push(`users: “${name}” must not have a claim “sub”, which is the user name`)
    }
  }
  if (problems.length > 0) {
    throw new TypeError(`The development server cannot start:\n- ${problems.join('\n- ')}`)
  }
  const guardianOrigins = originsOf(clients.flatMap(({ redirectUris }) => redirectUris))
  return {
    clients: clients.map(({ postLogoutRedirectUris, ...client }) => ({
      ...client,
      postLogoutRedirectUris:
        postLogoutRedirectUris ??
        originsOf(client.redirectUris).flatMap((origin) => [`${origin}/auth/logout`, `${origin}/`]),
    })),
    guardianOrigins,
    apiCallers: [...new Set([...guardianOrigins, ...appOrigins])],
    users: new Map(Object.entries(users)),
  }
}

function isRedirectUri(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hash } = new URL(text)
  return ['http:', 'https:'].includes(protocol) && hash === '' && !text.includes('*')
}

function originsOf(urls: readonly string[]): string[] {
  return [...new Set(urls.map((url) => new URL(url).origin))]
}
