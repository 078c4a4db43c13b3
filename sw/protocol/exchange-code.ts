import * as oauth from 'oauth4webapi'
import { AuthError } from '../../src/contract/errors.ts'
import { checkAcr } from './check-acr.ts'
import { sendWithProof } from './dpop.ts'
import { refused, unanswered, unreachable } from './exchange-failure.ts'
import { failure } from './failure.ts'
import type { ProofKey } from './proof-key.ts'
import { readTokenResponse, tokenResponseFailure, withScopeAsText } from './read-token-response.ts'
import type { Secret } from './secret.ts'
import { protocolClient, requestOptions, type Server, type Wire } from './server.ts'
import { ownTarget, tokenTarget } from './token-target.ts'
import type { TokenSet } from './tokens.ts'

interface Expected {
  readonly verifier: Secret<'code-verifier'>
  readonly redirectUri: string
  readonly nonce?: string
  /** Seconds; then `auth_time` is required and checked (OpenID Connect Core section 3.1.3.7). */
  readonly maxAge?: number
  /** Then `acr` is required to be one of them, if there is an ID Token. */
  readonly acrValues?: readonly string[]
  /** Absent: bearer tokens are asked for. */
  readonly proofKey?: ProofKey
}

/**
 * Exchanges a code for tokens and checks them (RFC 6749 section 4.1.3, RFC 7636 section 4.5). A code is
 * good for one request, so the caller must not call again whatever happens; only a server that wants a DPoP nonce, and by saying so
 * says that the code was not used, gets a second one.
 * @param callback what `checkAuthorizationResponse` returned
 * @throws AuthError `exchange-unreachable`, `exchange-cors`, `exchange-refused`, `invalid-token-response`, `unsupported-token-type`,
 * `dpop-downgrade`, `dpop-nonce-unreadable`, `id-token-…`, `userinfo-sub-mismatch`, `key-not-found`, `metadata-unreachable`
 */
export async function exchangeCode(
  server: Server,
  callback: URLSearchParams,
  expected: Expected,
  wire: Wire,
): Promise<TokenSet> {
  const { metadata, client } = server
  const openid = client.scope.includes('openid')
  const response = await request(server, callback, expected, wire)
  if (response.status >= 500) throw unreachable(server, response.status)
  try {
    const tokens = await oauth.processAuthorizationCodeResponse(
      metadata,
      protocolClient(client),
      response,
      {
        requireIdToken: openid,
        ...(expected.nonce === undefined ? {} : { expectedNonce: expected.nonce }),
        ...(expected.maxAge === undefined ? {} : { maxAge: expected.maxAge }),
      },
    )
    if (expected.maxAge !== undefined) refuseLaterSignIn(server, tokens, wire)
    const { proofKey } = expected
    const read = await readTokenResponse(
      server,
      response,
      tokens,
      { scope: client.scope, ...(proofKey && { proofKey }) },
      wire,
      'sign-in',
    )
    checkAcr(oauth.getValidatedIdTokenClaims(tokens), expected.acrValues)
    return { ...read, ...ownTarget(client) }
  } catch (error) {
    if (error instanceof AuthError) throw error
    const { redirectUri } = expected
    if (error instanceof oauth.ResponseBodyError) {
      throw refused(server, redirectUri, error.status, error.error)
    }
    if (error instanceof oauth.WWWAuthenticateChallengeError) {
      throw refused(server, redirectUri, error.status)
    }
    throw tokenResponseFailure(error)
  }
}

/** The library compares `auth_time` with the past only: one that lies ahead would satisfy every `max_age`. */
function refuseLaterSignIn(
  { client }: Server,
  tokens: oauth.TokenEndpointResponse,
  wire: Wire,
): void {
  const { auth_time: authTime = 0 } = oauth.getValidatedIdTokenClaims(tokens) ?? {}
  if (authTime > wire.now() + client.clockToleranceSeconds) {
    throw failure('id-token-time', 'exchange', {
      message: "The ID Token's auth_time lies in the future; check the clocks",
    })
  }
}

async function request(
  server: Server,
  callback: URLSearchParams,
  { redirectUri, verifier, proofKey }: Expected,
  wire: Wire,
): Promise<Response> {
  const { metadata, client } = server
  const options = requestOptions(wire)
  try {
    const response = await sendWithProof(server, proofKey, 'exchange', (proof) =>
      oauth.authorizationCodeGrantRequest(
        metadata,
        protocolClient(client),
        oauth.None(),
        callback,
        redirectUri,
        verifier.reveal(),
        { ...options, ...proof, additionalParameters: tokenTarget(client) },
      ),
    )
    return await withScopeAsText(response, client)
  } catch (error) {
    if (error instanceof AuthError) throw error
    throw await unanswered(server, redirectUri, error, wire)
  }
}
