import * as oauth from 'oauth4webapi'
import type { ParsedTarget } from '../../src/contract/config.ts'
import { AuthError } from '../../src/contract/errors.ts'
import { sendWithProof } from './dpop.ts'
import { failure } from './failure.ts'
import { readTokenResponse, withScopeAsText } from './read-token-response.ts'
import type { Secret } from './secret.ts'
import { protocolClient, requestOptions, type Server, type Wire } from './server.ts'
import { ownTarget, tokenTarget } from './token-target.ts'
import type { Identity, TokenSet } from './tokens.ts'
import { userWith } from './user-info.ts'

/** Errors by which servers say that a refresh token is dead, `invalid_grant` and its variants in the field. */
const GRANT_REFUSED = [
  'invalid_grant',
  'invalid_request',
  'invalid_token',
  'interaction_required',
  'login_required',
  'consent_required',
]
/** Of these, what says so also when a token for a further API is asked for: the others may be about that API. */
const DEAD_FOR_ALL = ['invalid_grant', 'invalid_token']
/** A device clock that moved must not cost the session: the ID Token of a refresh proves identity, not freshness. */
const REFRESH_CLOCK_TOLERANCE_SECONDS = 30 * 24 * 3600

/** Codes that say all there is to say. */
const TOKEN_TYPE: ReadonlySet<string> = new Set(['unsupported-token-type', 'dpop-downgrade'])

/** RFC 6749 section 5.2, RFC 8707 section 2. */
const TARGET_REFUSED = ['invalid_scope', 'invalid_target']

const CLIENT_REJECTED = [
  ...TARGET_REFUSED,
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  // RFC 9396 section 5, RFC 9449 section 5.
  'invalid_authorization_details',
  'invalid_dpop_proof',
]

/**
 * Uses a refresh token once (RFC 6749 section 6), with the key that it is bound to, if it is (RFC 9449 section 5).
 * @param target for which further API the access token is (RFC 8707 section 2.2); left out, it is the client's own
 * @returns the new tokens; what the server left out (refresh token, ID Token) is taken from `before`
 * @throws AuthError `session-ended`, `refresh-identity-mismatch`, `dpop-downgrade` (the session is over), `client-rejected`,
 * `resource-not-granted` (with `target`), `dpop-nonce-unreadable`, `refresh-unavailable` (nothing is known to have changed; keep the
 * session)
 */
export async function refreshTokens(
  server: Server,
  refreshToken: Secret<'refresh-token'>,
  before: TokenSet,
  wire: Wire,
  target?: ParsedTarget,
): Promise<TokenSet> {
  const { metadata, client } = server
  const options = requestOptions(wire)
  let response: Response
  try {
    response = await sendWithProof(server, before.proofKey, 'refresh', (proof) =>
      oauth.refreshTokenGrantRequest(
        metadata,
        protocolClient(client),
        oauth.None(),
        refreshToken.reveal(),
        { ...options, ...proof, additionalParameters: tokenTarget(client, target) },
      ),
    ).then((answer) => withScopeAsText(answer, client))
  } catch (error) {
    if (error instanceof AuthError) throw error
    throw unavailable()
  }
  if (response.status !== 200) throw await refusal(response, target)
  let next: TokenSet
  try {
    const tokens = await oauth.processRefreshTokenResponse(
      metadata,
      protocolClient(client, REFRESH_CLOCK_TOLERANCE_SECONDS),
      response,
    )
    const asked = target?.scope ? { ...before, scope: target.scope } : before
    next = await readTokenResponse(server, response, tokens, asked, wire, 'refresh')
  } catch (error) {
    if (error instanceof AuthError && TOKEN_TYPE.has(error.code)) throw error
    throw identityFailure(error) ?? unavailable(200)
  }
  if (next.identity && before.identity && !continues(before.identity, next.identity)) {
    throw mismatch()
  }
  const { idToken, identity, user } = next.idToken ? next : before
  return {
    ...next,
    ...(target ? { target: target.key } : ownTarget(client)),
    refreshToken: next.refreshToken ?? refreshToken,
    // Claims that came beside the tokens of the sign-in do not come again.
    user: userWith(before.userInfo, client.loginLink ? { ...before.user, ...user } : user),
    ...(before.userInfo && { userInfo: before.userInfo }),
    ...(before.userInfoDue && { userInfoDue: before.userInfoDue }),
    ...(idToken === undefined ? {} : { idToken }),
    ...(identity === undefined ? {} : { identity: { ...before.identity, ...identity } }),
    ...(before.stepUp && { stepUp: before.stepUp }),
  }
}

/** Reads why a refresh was refused. What is not plainly a refusal of the grant never ends a session. */
async function refusal(response: Response, target?: ParsedTarget): Promise<Error> {
  const { status } = response
  const body = await response.text()
  if (status >= 500 || status === 429 || status === 408 || status === 0) {
    return unavailable(status, response)
  }
  const oauthError = errorOf(body)
  if (target && oauthError !== undefined && isAboutTarget(oauthError)) {
    return notGranted(target, 'the server refused it', status, oauthError)
  }
  // Some servers refuse with 400 and no body at all.
  if (
    oauthError === undefined
      ? status === 400 && body.trim() === ''
      : GRANT_REFUSED.includes(oauthError)
  ) {
    return failure('session-ended', 'refresh', {
      message: 'The server no longer accepts the refresh token; the user must sign in again',
      status,
      oauthError,
    })
  }
  if (oauthError !== undefined && CLIENT_REJECTED.includes(oauthError)) {
    return failure('client-rejected', 'refresh', {
      message: 'The server rejected the client, not the session; check the client registration',
      status,
      oauthError,
    })
  }
  return unavailable(status, response)
}

/** Whether a refusal may be of the API's `resource` or `scope` only, so that it ends nothing else. */
function isAboutTarget(oauthError: string): boolean {
  if (TARGET_REFUSED.includes(oauthError)) return true
  return GRANT_REFUSED.includes(oauthError) && !DEAD_FOR_ALL.includes(oauthError)
}

/** There is no token for one API, and the session goes on for the others. */
export function notGranted(
  { resource, scope }: ParsedTarget,
  why: string,
  status?: number,
  oauthError?: string,
): AuthError {
  const what = [resource, scope && `the scope '${scope.join(' ')}'`].filter(Boolean).join(' with ')
  return failure('resource-not-granted', 'refresh', {
    message: `There is no token for ${what}, as ${why}; compare it with what the server allows this client. The session goes on`,
    status,
    oauthError,
  })
}

function errorOf(body: string): string | undefined {
  try {
    const error = (JSON.parse(body) as { error?: unknown } | null)?.error
    return typeof error === 'string' ? error : undefined
  } catch {
    return undefined
  }
}

/** A refresh that could not be completed now, with the wait that the server asked for (RFC 9110 section 10.2.3). */
export class RefreshUnavailable extends AuthError {
  readonly retryAfterSeconds: number

  constructor(status?: number, response?: Response) {
    super(
      failure('refresh-unavailable', 'refresh', {
        message: 'The access token could not be refreshed now; the session is kept',
        status,
      }),
    )
    const seconds = Number(response?.headers.get('retry-after') ?? 0)
    this.retryAfterSeconds = Number.isFinite(seconds) && seconds > 0 ? seconds : 0
  }
}

function unavailable(status?: number, response?: Response): RefreshUnavailable {
  return new RefreshUnavailable(status, response)
}

/** A new ID Token that is not of this issuer, client or signer is an attack or a mix-up, not a passing fault. */
function identityFailure(error: unknown): Error | undefined {
  if (error instanceof AuthError) {
    return error.code === 'metadata-unreachable' || error.code === 'invalid-token-response'
      ? undefined
      : mismatch()
  }
  const jwt =
    error instanceof oauth.UnsupportedOperationError ||
    (error instanceof oauth.OperationProcessingError &&
      (error.code === oauth.JWT_CLAIM_COMPARISON || error.message.includes('JWT')))
  return jwt ? mismatch() : undefined
}

/** OpenID Connect Core section 12.2. */
function continues(before: Identity, next: Identity): boolean {
  return (
    next.iss === before.iss &&
    next.sub === before.sub &&
    next.aud.length === before.aud.length &&
    next.aud.every((audience) => before.aud.includes(audience)) &&
    (next.azp === undefined || before.azp === undefined || next.azp === before.azp) &&
    (next.nonce === undefined || before.nonce === undefined || next.nonce === before.nonce) &&
    (next.authTime === undefined ||
      before.authTime === undefined ||
      next.authTime === before.authTime)
  )
}

function mismatch(): Error {
  return failure('refresh-identity-mismatch', 'refresh', {
    message: 'The refreshed ID Token is for another user, issuer or client; the session was ended',
  })
}
