import * as oauth from 'oauth4webapi'
import type { ParsedClient } from '../../src/contract/config.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import {
  algorithmRefused,
  checkIdToken,
  checkRefreshedIdToken,
  identityOf,
  visibleClaims,
} from './check-id-token.ts'
import { enclosedUserInfo } from './enclosed-userinfo.ts'
import { failure } from './failure.ts'
import { grantedDetails } from './granted-details.ts'
import { Secret } from './secret.ts'
import type { Server, Wire } from './server.ts'
import type { TokenSet } from './tokens.ts'

/** The last date that a page can make of it (ECMAScript section 21.4.1.1). */
const LAST_DATE_SECONDS = 8_640_000_000_000

/**
 * Turns a response that the protocol library has processed into tokens, after the ID Token's remaining checks.
 * @param asked `scope`, `authorizationDetails`: what it means when the server leaves them out (RFC 6749 section 5.1); `proofKey`: the
 * tokens must be bound to it
 */
export async function readTokenResponse(
  server: Server,
  response: Response,
  tokens: oauth.TokenEndpointResponse,
  asked: Pick<TokenSet, 'scope' | 'authorizationDetails' | 'proofKey'>,
  wire: Wire,
  step: 'sign-in' | 'refresh',
): Promise<TokenSet> {
  const { proofKey } = asked
  if (proofKey && tokens.token_type === 'bearer') {
    throw failure('dpop-downgrade', step === 'refresh' ? 'refresh' : 'exchange', {
      message: 'The server ignored the DPoP proof and issued a bearer token; it was discarded',
    })
  }
  if (tokens.token_type !== (proofKey ? 'dpop' : 'bearer')) {
    throw failure('unsupported-token-type', 'exchange', {
      message: 'The server issued a token of another type than was asked for',
    })
  }
  // Tokens beside an error are neither the one answer nor the other (RFC 6749 sections 5.1 and 5.2).
  if (tokens['error'] !== undefined && tokens['error'] !== null) throw invalidResponse()
  const { access_token: accessToken, expires_in: lifetime, refresh_token: refreshToken } = tokens
  const claims = oauth.getValidatedIdTokenClaims(tokens)
  let idToken = tokens.id_token
  if (claims !== undefined && idToken !== undefined) {
    if (step === 'sign-in') {
      await checkIdToken(server, response, idToken, claims, accessToken, wire)
    } else if (
      !(await checkRefreshedIdToken(server, response, idToken, claims, accessToken, wire))
    ) {
      idToken = undefined
    }
  }
  const userInfo = enclosedUserInfo(tokens, claims?.sub)
  const authorizationDetails = grantedDetails(tokens) ?? asked.authorizationDetails
  return {
    id: crypto.randomUUID(),
    accessToken: new Secret('access-token', accessToken),
    ...(refreshToken === undefined
      ? {}
      : { refreshToken: new Secret('refresh-token', refreshToken) }),
    ...(idToken === undefined ? {} : { idToken: new Secret('id-token', idToken) }),
    ...(proofKey ? { proofKey } : {}),
    issuedAt: wire.now(),
    expiresAt:
      lifetime === undefined
        ? null
        : epochSeconds(Math.min(wire.now() + lifetime, LAST_DATE_SECONDS)),
    scope: tokens.scope?.split(' ').filter(Boolean) ?? asked.scope,
    ...(authorizationDetails && { authorizationDetails }),
    user: visibleClaims(
      { sub: typeof tokens.sub === 'string' ? tokens.sub : '', ...userInfo, ...claims },
      server.client.claims,
    ),
    ...(claims ? { identity: identityOf(claims) } : {}),
  }
}

/**
 * Some servers send `scope` as a list instead of the string of RFC 6749 section 5.1, and those that mail login links no
 * `token_type`. What the protocol library then reads is the same answer as the RFC has it.
 */
export async function withScopeAsText(response: Response, client: ParsedClient): Promise<Response> {
  if (response.status !== 200) return response
  const text = await response.text()
  let body = text
  try {
    const fields = JSON.parse(text) as { scope?: unknown; token_type?: unknown } | null
    const changed = {
      ...(Array.isArray(fields?.scope) && { scope: fields.scope.join(' ') }),
      ...(client.loginLink && fields?.token_type === undefined && { token_type: 'Bearer' }),
    }
    if (Object.keys(changed).length > 0) body = JSON.stringify({ ...fields, ...changed })
  } catch {
    // Not JSON: the library says so.
  }
  return new Response(body, response)
}

/** Gives an error of the protocol library about a token response its code. Network errors are the caller's. */
export function tokenResponseFailure(error: unknown): Error {
  const cause = error instanceof Error ? (error.cause as Record<string, unknown> | undefined) : {}
  const idToken = (code: Parameters<typeof failure>[0], what: string): Error =>
    failure(code, 'exchange', { message: `The ID Token ${what}; nothing was stored` })

  if (error instanceof oauth.UnsupportedOperationError) {
    if (cause?.['body'] !== undefined) {
      return failure('unsupported-token-type', 'exchange', {
        message: 'The server issued a token of an unknown type',
      })
    }
    // An encrypted ID Token: its text is the cause.
    if (typeof error.cause === 'string') return idToken('id-token-malformed', 'is encrypted')
    return algorithmRefused()
  }
  if (error instanceof oauth.OperationProcessingError) {
    if (error.code === oauth.JWT_TIMESTAMP_CHECK) return idToken('id-token-time', 'is out of time')
    if (error.code === oauth.JWT_CLAIM_COMPARISON) {
      if (cause?.['claim'] === 'iss') return idToken('id-token-issuer', 'is of another issuer')
      if (cause?.['claim'] === 'nonce') return idToken('id-token-nonce', 'has another nonce')
      return idToken('id-token-audience', 'is for another client')
    }
    if (cause?.['header'] !== undefined) return algorithmRefused()
    if (error.message.includes('"nonce"')) return idToken('id-token-nonce', 'has no nonce')
    if (cause?.['claims'] !== undefined || error.message.includes('JWT')) {
      return idToken('id-token-malformed', 'lacks a claim or is not a JWT')
    }
    const body = cause?.['body'] as Record<string, unknown> | undefined
    if (body !== undefined && error.message.includes('"id_token"') && !('id_token' in body)) {
      return idToken('id-token-missing', 'is missing although `openid` was asked for')
    }
  }
  return invalidResponse()
}

function invalidResponse(): Error {
  return failure('invalid-token-response', 'exchange', {
    message: 'The token endpoint did not answer with a valid token response; nothing was stored',
  })
}
