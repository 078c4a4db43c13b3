import * as oauth from 'oauth4webapi'
import { isAuthError } from '../../src/contract/errors.ts'
import type { Claims, Json } from '../../src/contract/session.ts'
import { failure } from './failure.ts'
import { requestOptions, type Server, type Wire } from './server.ts'
import type { Identity } from './tokens.ts'
import { isKeySelection, withFreshKeys } from './with-fresh-keys.ts'

/** Seconds that an ID Token's `iat` may lie in the past: it comes straight from the token endpoint. */
const OLDEST_IAT_SECONDS = 600

/**
 * The checks of OpenID Connect Core section 3.1.3.7 that the protocol library leaves to its caller: signature from the
 * JWKS, `azp` also with one audience, `iat` window, `at_hash`. Issuer, audience, expiry and nonce were checked before.
 * @throws AuthError `id-token-…`, `key-not-found`, `metadata-unreachable`
 */
export async function checkIdToken(
  server: Server,
  tokenResponse: Response,
  idToken: string,
  claims: oauth.IDToken,
  accessToken: string,
  wire: Wire,
): Promise<void> {
  if (claims.sub === '') {
    throw failure('id-token-malformed', 'exchange', { message: 'The ID Token has an empty sub' })
  }
  checkAuthorizedParty(server, claims)
  checkIssuedAt(server, claims.iat, wire)
  await checkSignature(server, tokenResponse, wire)
  await checkAccessTokenHash(idToken, claims, accessToken)
}

/**
 * The checks for an ID Token that came with refreshed tokens. The new refresh token is the only one that is left, so
 * nothing that passes by itself may discard it: neither a wrong clock nor keys that cannot be loaded now.
 * @returns whether the signature was verified; an unverified ID Token is compared with the last one, but not kept
 * @throws AuthError when the ID Token was forged or is for someone else
 */
export async function checkRefreshedIdToken(
  server: Server,
  tokenResponse: Response,
  idToken: string,
  claims: oauth.IDToken,
  accessToken: string,
  wire: Wire,
): Promise<boolean> {
  checkAuthorizedParty(server, claims)
  await checkAccessTokenHash(idToken, claims, accessToken)
  try {
    await checkSignature(server, tokenResponse, wire)
    return true
  } catch (error) {
    if (isAuthError(error) && KEYS_MISSING.has(error.code)) return false
    throw error
  }
}

/** Keys that cannot be loaded now, or a key set that lags behind the server, say nothing against the token. */
const KEYS_MISSING: ReadonlySet<string> = new Set(['metadata-unreachable', 'key-not-found'])

function checkAuthorizedParty({ client }: Server, claims: oauth.IDToken): void {
  if (claims.azp !== undefined && claims.azp !== client.clientId) {
    throw failure('id-token-audience', 'exchange', {
      message: 'The ID Token was issued to another client (azp)',
    })
  }
}

function checkIssuedAt({ client }: Server, issuedAt: number, wire: Wire): void {
  const age = wire.now() - issuedAt
  if (
    age > OLDEST_IAT_SECONDS + client.clockToleranceSeconds ||
    age < -client.clockToleranceSeconds
  ) {
    throw failure('id-token-time', 'exchange', {
      message: `The ID Token's iat is ${Math.abs(age)} seconds ${age > 0 ? 'old' : 'ahead'}; check the clocks`,
    })
  }
}

/**
 * Verifies the JWT that the protocol library found in this response.
 * @throws AuthError `id-token-signature`, `id-token-algorithm`, `key-not-found`, `metadata-unreachable`
 */
export async function checkSignature(
  server: Server,
  response: Response,
  wire: Wire,
): Promise<void> {
  // Metadata without keys is accepted where no ID Token was asked for.
  if (server.metadata.jwks_uri === undefined) throw keyNotFound(server)
  try {
    await withFreshKeys(server, wire, (metadata, watched) =>
      oauth.validateApplicationLevelSignature(metadata, response, requestOptions(watched)),
    )
  } catch (error) {
    if (isKeySelection(error)) throw keyNotFound(server)
    if (error instanceof oauth.UnsupportedOperationError) throw algorithmRefused()
    if (isWrongSignature(error)) {
      throw failure('id-token-signature', 'exchange', {
        message: `The ID Token was not signed by ${server.metadata.issuer}`,
      })
    }
    throw failure('metadata-unreachable', 'exchange', {
      message: `The keys of ${server.metadata.issuer} could not be loaded; check its CORS`,
    })
  }
}

function keyNotFound({ metadata }: Server): Error {
  return failure('key-not-found', 'exchange', {
    message: `No key in the JWKS of ${metadata.issuer} fits the ID Token`,
  })
}

/** An unreadable key set has the same code, but only a signature that was compared is part of the cause. */
export function isWrongSignature(error: unknown): boolean {
  if (!(error instanceof oauth.OperationProcessingError)) return false
  const { cause, code } = error
  return code === oauth.INVALID_RESPONSE && Object.hasOwn(cause ?? {}, 'signature')
}

async function checkAccessTokenHash(
  idToken: string,
  claims: oauth.IDToken,
  accessToken: string,
): Promise<void> {
  if (claims['at_hash'] === undefined) return
  const header = JSON.parse(atob(fromBase64Url(idToken.split('.')[0] ?? ''))) as { alg: string }
  const bits = /\d{3}$/.exec(header.alg)?.[0] ?? '512' // Ed25519 hashes with SHA-512
  const name = header.alg.startsWith('Ed') ? 'SHA-512' : `SHA-${bits}`
  const digest = new Uint8Array(
    await crypto.subtle.digest(name, new TextEncoder().encode(accessToken)),
  )
  const half = digest.subarray(0, digest.length / 2)
  const expected = btoa(String.fromCharCode(...half))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
  if (claims['at_hash'] !== expected) {
    throw failure('id-token-hash', 'exchange', {
      message: 'The ID Token belongs to another access token (at_hash)',
    })
  }
}

function fromBase64Url(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/')
}

export function algorithmRefused(): Error {
  return failure('id-token-algorithm', 'exchange', {
    message:
      'The ID Token is signed with an algorithm that is not in idTokenSigningAlgs, or an RSA key of fewer than 2048 bits',
  })
}

/** The claims that a page may see: `sub` and those of the client's list. */
export function visibleClaims(
  claims: { readonly sub: string; readonly [claim: string]: unknown },
  allowed: readonly string[],
): Claims {
  const visible: Record<string, Json> = { sub: claims.sub }
  for (const name of allowed) {
    const value = claims[name]
    if (value !== undefined && Object.hasOwn(claims, name)) visible[name] = value as Json
  }
  return visible as Claims
}

export function identityOf(claims: oauth.IDToken): Identity {
  return {
    iss: claims.iss,
    sub: claims.sub,
    aud: [claims.aud].flat(),
    ...(typeof claims['azp'] === 'string' ? { azp: claims['azp'] } : {}),
    ...(typeof claims.nonce === 'string' ? { nonce: claims.nonce } : {}),
    ...(typeof claims.auth_time === 'number' ? { authTime: claims.auth_time } : {}),
  }
}
