/**
 * What can go wrong, as a closed list. A code is API: it is never renamed and never used for something else.
 * The README's table of errors is generated from these comments.
 */
export type AuthErrorCode =
  /** The browser has no service workers here (insecure context, private mode, blocked by policy). Serve the app over https or from localhost. */
  | 'worker-unsupported'
  /** The worker script could not be registered. Check its URL, MIME type, scope and Content-Security-Policy `worker-src`, and its console: a prebuilt worker without a configuration ends here, and a page at an origin that is not in `appOrigins`. */
  | 'worker-registration-failed'
  /** The worker was found but did not install or activate. Look at the worker's console; a wrong configuration ends here. */
  | 'worker-install-failed'
  /** A worker exists but the requests of this page do not go through it. Reload the page normally; check the worker's scope. */
  | 'page-not-covered'
  /** The worker did not answer in time. Safe to retry. */
  | 'worker-unresponsive'
  /** Page and worker are of different versions, and one does not understand what the other says. Reload the page to get matching code. */
  | 'contract-mismatch'
  /** The worker noticed that its registration was removed. It dropped and revoked the tokens; reload and sign in again. */
  | 'tampered'
  /** The server's answers for the callback, error pages or worker scripts do not protect this origin; the message names what is missing. In `strict` mode sign-in is refused. */
  | 'deployment-unsafe'
  /** The vault's frame did not load in time: the vault is down, was never visited while online, or `vaultOrigin` is wrong. */
  | 'vault-unreachable'
  /** The vault's frame was blocked: by the app's Content-Security-Policy `frame-src`, by the vault's `frame-ancestors` (is this origin in `appOrigins`?), or by a content blocker. */
  | 'bridge-blocked'
  /** The vault is on another site than the app, so a redirect cannot bring a sign-in into its frame. Use `loginWithPopup()`, or give the vault a host of the app's site. */
  | 'vault-cross-site'
  /** A sign-in came back but could not be handed to the vault's frame: cookies are blocked, or the code is too long for one. Use `loginWithPopup()`. */
  | 'hand-over-failed'
  /** The browser did not open the popup. Call `loginWithPopup()` directly in a click handler. */
  | 'popup-blocked'
  /** The popup was closed before the sign-in was completed, or a `Cross-Origin-Opener-Policy: same-origin` of this page, the vault or the authorization server cut it off, which looks the same. */
  | 'popup-closed'
  /** This page is shown in a frame, and a sign-in by redirect would show the authorization server in it, which it refuses (RFC 9700 section 4.16). Use `loginWithPopup()`, or open the app in a tab of its own. */
  | 'login-in-frame'
  /** The page sends more than the guardian answers. Nothing was done; try again later. */
  | 'too-many-requests'
  /** The message was not one that the guardian understands. */
  | 'invalid-request'
  /** The configuration has no client of that name. */
  | 'unknown-client'
  /** `returnTo` is not an absolute or relative URL of an allowed origin, or points at the guardian's own paths. */
  | 'invalid-return-to'
  /** A login parameter is reserved, or not in the client's `allowedLoginParams`. */
  | 'parameter-not-allowed'
  /** IndexedDB did not work or did not answer in time. Login needs it; check private mode, quota and site data settings. */
  | 'storage-unavailable'
  /** IndexedDB fails: it is full, blocked or broken. The session goes on in the worker's memory and is written when the storage works again; until then the browser may lose it, or a sign-out, with the worker. Tell the user to free space. */
  | 'storage-degraded'
  /** The database was made by a newer version of the guardian, which this one does not understand. Nothing in it was changed. Reload, or deploy the newer version again. */
  | 'storage-newer-version'
  /** The authorization server's metadata or keys could not be loaded. Check the network, the issuer URL and its CORS. Safe to retry. */
  | 'metadata-unreachable'
  /** The metadata is not usable: other issuer, insecure endpoint, missing endpoint, no PKCE with S256, or a redirect path shared with another server although it does not name itself in its responses (RFC 9207; RFC 8414 section 3.3, RFC 9700 section 2.1.1). */
  | 'metadata-invalid'
  /** The configuration asks for what the server's metadata rules out: `par`, a signed `responseMode`, or a type of `authorizationDetails`. The message says which. */
  | 'request-unsupported'
  /** The server refused the pushed authorization request (RFC 9126 section 2.3), or answered it without a usable `request_uri`; see `oauthError`. */
  | 'par-refused'
  /** The pushed authorization request got no answer: no network, 5xx, or the endpoint's CORS does not allow the guardian's origin. Safe to retry. */
  | 'par-unreachable'
  /** `sendLoginLink()` needs `loginLink: true` in the client's configuration. */
  | 'login-link-not-enabled'
  /** The server did not take the request to send a login link, or answered with a page or a redirect, so it is no server that mails links; see `oauthError`. No link was sent as far as is known. */
  | 'login-link-refused'
  /** The request to send a login link got no answer: no network, 5xx, or the authorization endpoint's CORS does not allow the guardian's origin. A link may have been sent all the same. */
  | 'login-link-unreachable'
  /** A response came back with a state that is not waiting here: forged, used before, expired after an hour, or begun in another browser or on another origin (RFC 9700 section 2.1). Sign in again, from a page of the app. */
  | 'unknown-state'
  /** The response's `iss` is not the expected issuer, or is missing although the server promises it (RFC 9207 section 2.4). */
  | 'issuer-mismatch'
  /** The authorization response was malformed: repeated parameters, no code, or another response mode than configured. */
  | 'invalid-response'
  /** The server sent a token in the URL (implicit flow) instead of a code. It was not used, for tokens in URLs leak (RFC 9700 section 2.1.2). Let the server allow the authorization code flow with PKCE for this client, and the implicit flow no more. */
  | 'implicit-flow'
  /** The signed response (JARM) is not valid: signature, algorithm, issuer, audience or lifetime. It was not used. */
  | 'invalid-signed-response'
  /** The user or the server denied the request (RFC 6749 section 4.1.2.1 `access_denied`). */
  | 'access-denied'
  /** The server needs the user: `login_required`, `interaction_required`, `consent_required` or `account_selection_required` (OpenID Connect Core section 3.1.2.6). */
  | 'login-required'
  /** The server answered the authorization request with another error; see `oauthError`. */
  | 'authorization-failed'
  /** The authorization response arrived while no worker covered the callback; nothing was read from it. Sign in again. */
  | 'callback-not-covered'
  /** The worker was ended while it completed a sign-in. The code is spent; sign in again. */
  | 'sign-in-interrupted'
  /** The token endpoint could not be reached: no network, no answer in time, 5xx, or the guardian's Content-Security-Policy does not allow it. The code is spent; sign in again. */
  | 'exchange-unreachable'
  /** The token endpoint is there, but does not let the guardian's origin read its answer (CORS). Allow the origin that the message names. A service that allows none cannot serve a browser-only client: it needs a backend. The code is spent. */
  | 'exchange-cors'
  /** The token endpoint refused the code; see `oauthError`. `invalid_client`: the client is unknown, or not public. `invalid_grant`: the code was used or is too old, or the redirect URI is not registered to the letter. The message names what to compare. */
  | 'exchange-refused'
  /** The token endpoint's answer is not a valid token response (RFC 6749 section 5.1). */
  | 'invalid-token-response'
  /** The token type is not one that the guardian can use (RFC 6749 section 7.1). */
  | 'unsupported-token-type'
  /** `dpop` is `required`, but the server's metadata does not list ES256 (RFC 9449 section 5.1). Nothing was sent; check the server, or use `auto`. */
  | 'dpop-unsupported'
  /** A server wants a DPoP nonce that it does not let this origin read (RFC 9449 section 8.2). Let it send `Access-Control-Expose-Headers: DPoP-Nonce`. */
  | 'dpop-nonce-unreadable'
  /** The server answered a request with a DPoP proof with a bearer token (RFC 9449 section 5). It was discarded; nobody was signed in, or at a refresh the session was ended. */
  | 'dpop-downgrade'
  /** `openid` was asked for but no ID Token came. */
  | 'id-token-missing'
  /** The ID Token is not a well-formed JWT with the required claims (OpenID Connect Core section 2). */
  | 'id-token-malformed'
  /** The ID Token's algorithm is not allowed: only asymmetric ones of the configured list are, with RSA keys of at least 2048 bits. */
  | 'id-token-algorithm'
  /** The ID Token's signature is wrong. */
  | 'id-token-signature'
  /** No key of the server's JWKS fits the ID Token, also after loading it again. */
  | 'key-not-found'
  /** The ID Token is from another issuer. */
  | 'id-token-issuer'
  /** The ID Token is for another audience or authorized party. */
  | 'id-token-audience'
  /** The ID Token's nonce is not the one of this sign-in. */
  | 'id-token-nonce'
  /** The ID Token is expired, not yet valid, or its `iat` or `auth_time` is out of range. Check the device's clock. */
  | 'id-token-time'
  /** The ID Token's `acr` is none of the `acrValues` that the sign-in asked for. The server could not or would not authenticate the user so. */
  | 'id-token-acr'
  /** The ID Token's `at_hash` does not fit the access token (OpenID Connect Core section 3.1.3.6). */
  | 'id-token-hash'
  /** The UserInfo endpoint could not be asked: network, CORS, an error answer, or it is not in the metadata. The sign-in stands, with the claims of the ID Token. */
  | 'userinfo-unavailable'
  /** The UserInfo response is malformed, or its signature is not right (OpenID Connect Core section 5.3.2). It was not used; the sign-in stands. */
  | 'userinfo-invalid'
  /** The user information has another `sub` than the ID Token (OpenID Connect Core section 5.3.2). That of the UserInfo endpoint is not used, and the sign-in stands; with that of a token response nothing is stored. */
  | 'userinfo-sub-mismatch'
  /** The server refused the refresh token (RFC 6749 section 5.2 `invalid_grant` and its real-world variants). Sign in again. */
  | 'session-ended'
  /** A refresh was interrupted and the server no longer accepts the old refresh token. Sign in again. */
  | 'refresh-interrupted'
  /** A refresh answered for another user, issuer or audience (OpenID Connect Core section 12.2). The session was ended. */
  | 'refresh-identity-mismatch'
  /** The tokens lived in the worker's memory and the worker was ended by the browser. Sign in again. */
  | 'session-lost'
  /** The access token expired and the server gave no refresh token. Sign in again. */
  | 'token-expired'
  /** The token could not be refreshed now: network, timeout, 5xx or an unreadable answer. The session is kept. Safe to retry. */
  | 'refresh-unavailable'
  /** The server rejected the client itself during a refresh; see `oauthError`. The session is kept; check the client's registration. */
  | 'client-rejected'
  /** There is no token for one API: the server refused its `resource` or `scope` (RFC 8707 section 2; see `oauthError`), or gave no refresh token to get it with. Its requests fail, the session goes on. What is new in the configuration needs a new sign-in. */
  | 'resource-not-granted'
  /** There is no session to refresh. */
  | 'not-signed-in'
  /** A request for an API could not be carried to the vault, or its frame went away before the answer. The request failed like a network error. */
  | 'bridge-lost'
  /** An API could not be reached from the vault: no network, or its CORS does not allow the vault's origin. The request failed like a network error. */
  | 'api-unreachable'
  /** An API redirected outside its configured resource, or answered a DPoP-bound request with a redirect; the answer was withheld. */
  | 'redirect-blocked'
  /** An API answered the request of a script or style sheet with something that is none by its `Content-Type`; it was not passed on. */
  | 'type-blocked'
  /** `downloadUrl()` was asked for a URL outside every resource that has `download` in its `destinations`. */
  | 'download-not-allowed'
  /** A download failed: the link was used before or is older than a minute, the API refused it (see `status`), or it could not be reached. */
  | 'download-failed'
  /** An API refused the token for its scope (RFC 6750 section 3.1); `scope` has what it asks for, or what its metadata (RFC 9728) names when a new token has none of it. Ask for it in the client's `scope`, and check that the user may have it. */
  | 'insufficient-scope'
  /** An API refuses a new token, and its metadata (RFC 9728) names other authorization servers than the client's issuer. Configure a client of one of them for it. */
  | 'issuer-not-accepted'
  /** An API refuses a new token, and its metadata (RFC 9728) says that it takes only tokens that are bound to a key (DPoP). */
  | 'dpop-required'
  /** An API refuses a new token, and does not say why. Check the audience that it expects, its issuer and its clock. */
  | 'token-refused'
  /** An API still asks for a stronger sign-in after several of them (RFC 9470); it is not announced any more. Compare what it asks for with what the server puts into its tokens. */
  | 'step-up-failed'
  /** An API answered 401 without a readable `WWW-Authenticate`. Expose it: `Access-Control-Expose-Headers: WWW-Authenticate`. */
  | 'challenge-unreadable'
  /** The server did not confirm the revocation. The local session is gone all the same. */
  | 'revocation-failed'
  /** A defect of this library. Nothing was stored or sent. */
  | 'internal'

/** The step in which an error arose. */
export type AuthErrorPhase =
  | 'registration'
  | 'request'
  | 'storage'
  | 'discovery'
  | 'authorization'
  | 'exchange'
  | 'refresh'
  | 'api'
  | 'logout'

/** An {@link AuthError} as it crosses a boundary: structured-cloneable, nothing secret. */
export interface AuthErrorWire {
  readonly code: AuthErrorCode
  readonly phase: AuthErrorPhase
  /** Says what happened and what to do. Written by this library, never text from a server. */
  readonly message: string
  /** Whether the same call may succeed later without the user. */
  readonly retryable: boolean
  /** Joins what a page reports with what the worker's log callback got. Random; means nothing else. */
  readonly correlationId: string
  /** The `error` value of an OAuth error response (RFC 6749 section 5.2). Text from the server: show it as text only. */
  readonly oauthError?: string
  /** HTTP status of the server's answer, when there was one. */
  readonly status?: number
  /** The scope that an API asks for, with `insufficient-scope`. Text from the server: show it as text only. */
  readonly scope?: readonly string[]
}

/** The one error class of the public API. Caller mistakes of type are `TypeError`. */
export class AuthError extends Error implements AuthErrorWire {
  override readonly name = 'AuthError'
  readonly code: AuthErrorCode
  readonly phase: AuthErrorPhase
  readonly retryable: boolean
  readonly correlationId: string
  readonly oauthError?: string
  readonly status?: number
  readonly scope?: readonly string[]

  constructor(wire: AuthErrorWire) {
    super(wire.message)
    this.code = wire.code
    this.phase = wire.phase
    this.retryable = wire.retryable
    this.correlationId = wire.correlationId
    if (wire.oauthError !== undefined) this.oauthError = wire.oauthError
    if (wire.status !== undefined) this.status = wire.status
    if (wire.scope !== undefined) this.scope = wire.scope
  }
}

/** True for an {@link AuthError} of any realm or copy of this library. */
export function isAuthError(value: unknown): value is AuthError {
  return value instanceof Error && value.name === 'AuthError' && 'code' in value
}
