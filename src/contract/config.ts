import type { Destination } from './destinations.ts'
import type { AuthorizationDetail, Json } from './session.ts'

export type { Destination } from './destinations.ts'

/** Authorization server metadata (RFC 8414 section 2), for servers without discovery. */
export interface AuthorizationServerMetadata {
  readonly issuer: string
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly jwks_uri?: string
  readonly revocation_endpoint?: string
  readonly end_session_endpoint?: string
  readonly [member: string]: Json | undefined
}

/** `….jwt`: the response is signed (JARM section 2.3), and one that is not is refused. */
export type ResponseMode = PlainResponseMode | `${PlainResponseMode}.jwt`

type PlainResponseMode = 'query' | 'fragment' | 'form_post'

export type PushedRequests = 'auto' | 'required' | 'never'
/**
 * How the browser ends the session at the server. `auto`: OpenID Connect RP-Initiated Logout, where the metadata has an
 * `end_session_endpoint`. `auth0`: `/v2/logout` of the issuer. `cognito`: `/logout` beside the authorization endpoint. `none`: not
 * at all. The tokens are revoked in any case, where the server supports it.
 */
export type LogoutVariant = 'auto' | 'auth0' | 'cognito' | 'none'

/** One registration at one authorization server. */
export interface ClientConfig {
  /** Exact issuer identifier (RFC 8414 section 2): https, or http on a loopback host. */
  readonly issuer: string
  /** Instead of discovery. */
  readonly metadata?: AuthorizationServerMetadata
  /** Public client: there is no place for a secret here. */
  readonly clientId: string
  /** Path of the redirect URI on the guardian's origin. Default `/auth/callback`. */
  readonly redirectPath?: string
  /** Space-separated; the ceiling of what a page can get. Default `openid`. */
  readonly scope?: string
  /**
   * Default `query`. `form_post` keeps the code out of every URL; prefer it where the server enforces it. With `.jwt` after it the
   * server signs its response, and one that is not signed is refused (JARM).
   */
  readonly responseMode?: ResponseMode
  /**
   * Whether authorization requests are pushed (RFC 9126): `auto` (default) when the server's metadata requires it, `required`
   * always, `never` not even then, which is an error. Pushed requests leave `client_id` and `request_uri` in the URL only.
   */
  readonly par?: PushedRequests
  /**
   * The server mails a login link when it gets the authorization request by POST: switches `sendLoginLink()` on. Such services
   * leave `token_type` out of their token responses, which is then read as `Bearer`. Default false.
   */
  readonly loginLink?: boolean
  /** What every sign-in asks for besides `scope` (RFC 9396 section 2). A page cannot change it. Default none. */
  readonly authorizationDetails?: readonly AuthorizationDetail[]
  /** Default `auto`. */
  readonly logout?: LogoutVariant
  /**
   * Binds the tokens of new sign-ins to a key that only the guardian can use (DPoP, RFC 9449), so that they are worth nothing
   * elsewhere. Default `never`: every API must know DPoP too, and allow the request header `DPoP` by CORS. `auto`: where the
   * server's metadata lists ES256 in `dpop_signing_alg_values_supported`. `required`: sign-in fails with `dpop-unsupported` where
   * it does not; `metadata` without that list is taken to support it. Redirects of an API are not followed then.
   */
  readonly dpop?: 'auto' | 'required' | 'never'
  /** Names that `authorizationParams` of a page may hold. Default none. */
  readonly allowedLoginParams?: readonly string[]
  /** Claims that pages may see besides `sub`. Default: the profile and email claims of OpenID Connect Core section 5.1. */
  readonly claims?: readonly string[]
  /**
   * Asks the UserInfo endpoint after a sign-in (OpenID Connect Core section 5.3) and adds its claims, those of `claims`, to the
   * user's. Its failure is an `error` event and no failure of the sign-in. Default false.
   */
  readonly userInfo?: boolean
  /** Seconds that clocks may differ. Default 30, at most 300. */
  readonly clockToleranceSeconds?: number
  /** Seconds before expiry from which a refresh runs in the background at the latest; it may from half of the lifetime on. Default 30. */
  readonly refreshLeewaySeconds?: number
  /** Default: the asymmetric ones. `none` and HS* are refused. */
  readonly idTokenSigningAlgs?: readonly string[]
}

/** An API whose requests get the access token. */
export interface ResourceConfig {
  /** Exact origin and path prefix that ends in `/`: `https://api.example.com/v1/`. */
  readonly url: string
  /** Default GET, HEAD, POST, PUT, PATCH, DELETE. */
  readonly methods?: readonly string[]
  /**
   * Which requests get the token, by what they are made for; all others go out as they are. Default `fetch` and `eventsource`. Of
   * elements, only GET and HEAD. What a list means, and what each engine does: docs/beyond-fetch.md.
   */
  readonly destinations?: readonly Destination[]
  /** Name of the client whose token it gets. May be left out when there is one client. */
  readonly client?: string
  /**
   * Resource indicator (RFC 8707 section 2): an absolute URI that the server knows this API by. A sign-in names all of a client.
   * Each gets a token of its own: the first one with the sign-in, a further one with the refresh token when it is first needed.
   * APIs with the same indicator share a token.
   */
  readonly resource?: string
  /**
   * Space-separated, part of the client's `scope`: the token of this API is good for no more, where the server supports it
   * (RFC 6749 section 6). Got with the refresh token when it is first needed.
   */
  readonly scope?: string
  /** The same for servers that have `audience` instead (Auth0). One for each client. */
  readonly audience?: string
  /** Largest request body in bytes that is sent again after a refreshed 401. Default 64 MiB; 0 switches replay with a body off. */
  readonly replayBodyLimitBytes?: number
}

export interface GuardianConfig {
  readonly clients: Readonly<Record<string, ClientConfig>> | ClientConfig
  readonly resources: readonly ResourceConfig[]
  /**
   * `vault` (recommended): the guardian lives on a sibling origin of static files, whose storage the app's JavaScript cannot
   * reach. `same-origin`: the guardian is part of the app's own worker.
   */
  readonly topology: 'vault' | 'same-origin'
  /** Vault only: the origin that holds the tokens and nothing else, such as `https://vault.example.com`. */
  readonly vaultOrigin?: string
  /** Vault only: the origins whose pages may embed the vault and to which sign-in and sign-out may return. */
  readonly appOrigins?: readonly string[]
  /**
   * Vault only: origins of the authorization servers' endpoints besides their issuers' own, for the vault's
   * Content-Security-Policy. Not needed for endpoints that `metadata` names.
   */
  readonly serverOrigins?: readonly string[]
  /**
   * Same-origin only: where tokens are kept. Default `memory`: they end with the worker, which an open page keeps awake.
   * The vault always keeps them in its own IndexedDB.
   *
   * `shared-indexeddb` survives restarts, but any script in the page can open the same database and *use* the key that
   * seals it, so an injected script can steal the tokens (RFC 10017 section 8.2 advises against it).
   */
  readonly storage?: 'memory' | 'shared-indexeddb'
  /**
   * Before the first sign-in of a worker's life the guardian looks at what the app's server answers for the redirect URI,
   * for a missing page, and for other worker scripts. `strict` refuses sign-in when an answer leaves the origin open;
   * `warn` (default) reports `deployment-unsafe`; the Vite plugin says `off` for the dev server.
   */
  readonly deploymentCheck?: 'off' | 'warn' | 'strict'
  /**
   * Whether the guardian keeps a timeline of its last decisions in memory for `token-guardian/panel`: methods, APIs, outcomes, codes and
   * times, never a URL, a body or a token. Default false; the Vite plugin says `true` for the dev server.
   */
  readonly developmentPanel?: boolean
  /** Path of the one scope in which the app's worker agrees to be installed. Default: the folder of its script. */
  readonly scope?: string
  /** Path from which sign-ins start. The guardian answers it; the server never needs to. Default `/auth/login`. */
  readonly loginPath?: string
  /** Path from which sign-outs start and where they come back to: register it as post-logout redirect URI. Default `/auth/logout`. */
  readonly logoutPath?: string
  /** Path below which the links of `downloadUrl()` are, for resources with the destination `download`. Default `/auth/download/`. */
  readonly downloadPath?: string
}

/** A {@link ClientConfig} with every default filled in. */
export interface ParsedClient {
  readonly name: string
  readonly issuer: string
  readonly metadata?: AuthorizationServerMetadata
  readonly clientId: string
  readonly redirectPath: string
  readonly scope: readonly string[]
  readonly responseMode: ResponseMode
  readonly par: PushedRequests
  readonly loginLink: boolean
  readonly authorizationDetails: readonly AuthorizationDetail[]
  /** `resource` of its APIs, each once. The token of the sign-in is for the first. */
  readonly resourceIndicators: readonly string[]
  readonly audience?: string
  readonly logout: LogoutVariant
  readonly dpop: 'auto' | 'required' | 'never'
  readonly allowedLoginParams: readonly string[]
  readonly claims: readonly string[]
  readonly userInfo: boolean
  readonly clockToleranceSeconds: number
  readonly refreshLeewaySeconds: number
  readonly idTokenSigningAlgs: readonly string[]
}

/** What the token of an API is asked for with, where the API says so. */
export interface ParsedTarget {
  /** Names it in the storage, and among a client's. */
  readonly key: string
  readonly resource?: string
  readonly scope?: readonly string[]
  /** The token of the sign-in is for it. */
  readonly isDefault: boolean
}

export interface ParsedResource {
  readonly origin: string
  /** Ends in `/`. */
  readonly pathPrefix: string
  readonly methods: readonly string[]
  readonly destinations: readonly Destination[]
  readonly client: string
  /** Absent: it gets the client's token, whatever that is for. */
  readonly target?: ParsedTarget
  readonly replayBodyLimitBytes: number
}

/** The vault topology, when it was chosen. */
export interface ParsedVault {
  readonly origin: string
  readonly appOrigins: readonly string[]
  /** Origins of every endpoint of the authorization servers that is known before discovery. */
  readonly serverOrigins: readonly string[]
}

/** A {@link GuardianConfig} that was checked as a whole. */
export interface ParsedConfig {
  readonly clients: readonly ParsedClient[]
  readonly resources: readonly ParsedResource[]
  /** Absent in the same-origin topology. */
  readonly vault?: ParsedVault
  readonly storage: 'memory' | 'shared-indexeddb' | 'vault-indexeddb'
  readonly deploymentCheck: 'off' | 'warn' | 'strict'
  readonly developmentPanel: boolean
  readonly scope?: string
  readonly loginPath: string
  readonly logoutPath: string
  /** Ends in `/`. */
  readonly downloadPath: string
}
