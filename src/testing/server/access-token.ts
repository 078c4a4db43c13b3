import type { JsonWebKey } from 'node:crypto'

import { getJson } from './get-json.ts'
import { decodeJws, hasValidSignature } from './jws.ts'

/** A verified access token, reduced to what the API uses. */
export interface AccessClaims {
  readonly sub: string
  readonly scope: string
  /** How and when the user signed in (RFC 9068 section 2.2.1). */
  readonly acr?: string
  readonly authTime?: number
  /** Thumbprint of the key that the token is bound to. */
  readonly thumbprint?: string
}

export type Verification =
  | { readonly ok: true; readonly claims: AccessClaims }
  /** `description` is fit for `error_description`. */
  | { readonly ok: false; readonly description: string }

/** How the issuer's keys are asked for. */
export interface KeyRequestOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Trusted besides the usual ones, for an issuer on https. */
  readonly ca?: string | undefined
}

interface Revocation {
  readonly atSeconds: number
  readonly sub: string | undefined
}

type PublishedKey = JsonWebKey & { readonly kid?: string }

/**
 * Verifies JWT access tokens of one issuer for one audience.
 *
 * @see RFC 9068 section 4
 */
export class AccessTokenVerifier {
  readonly #issuer: string
  readonly #audience: string
  readonly #options: KeyRequestOptions
  #keys: readonly PublishedKey[] = []
  #revocations: Revocation[] = []

  constructor(issuer: string, audience: string, options: KeyRequestOptions = {}) {
    this.#issuer = issuer
    this.#audience = audience
    this.#options = options
  }

  /** Refuses tokens that were issued until `atSeconds`, of one user or of all. */
  revokeBefore(atSeconds: number, sub?: string): void {
    this.#revocations.push({ atSeconds, sub })
  }

  async verify(token: string): Promise<Verification> {
    const jws = decodeJws(token)
    if (jws === undefined) return refuse('the token is not a JWT')
    const { header, payload } = jws
    if (header['typ'] !== 'at+jwt') return refuse('the token is not an access token')
    const key = await this.#findKey(header['kid'])
    if (key === undefined) return refuse('the signing key is not known')
    if (!hasValidSignature(jws, key)) return refuse('the signature is not valid')

    const { iss, aud, exp, sub, scope, cnf, acr, auth_time: authTime } = payload
    if (iss !== this.#issuer) return refuse('the issuer is not ours')
    if (!(Array.isArray(aud) ? aud : [aud]).includes(this.#audience)) {
      return refuse('the audience is not this API')
    }
    if (typeof exp !== 'number' || exp <= Date.now() / 1000) return refuse('the token is expired')
    if (typeof sub !== 'string') return refuse('the token has no subject')
    if (this.#isRevoked(sub, payload)) return refuse('the token was revoked')
    const claims = {
      sub,
      scope: typeof scope === 'string' ? scope : '',
      ...(typeof acr === 'string' ? { acr } : {}),
      ...(typeof authTime === 'number' ? { authTime } : {}),
    }
    const thumbprint = thumbprintIn(cnf)
    return { ok: true, claims: thumbprint === undefined ? claims : { ...claims, thumbprint } }
  }

  #isRevoked(sub: string, payload: Readonly<Record<string, unknown>>): boolean {
    const { issued_at_ms: issuedAtMs, iat } = payload
    const issuedAt = typeof issuedAtMs === 'number' ? issuedAtMs / 1000 : Number(iat)
    return this.#revocations.some(
      (entry) => issuedAt <= entry.atSeconds && (entry.sub === undefined || entry.sub === sub),
    )
  }

  async #findKey(kid: unknown): Promise<PublishedKey | undefined> {
    const find = (): PublishedKey | undefined => this.#keys.find((key) => key.kid === kid)
    const known = find()
    if (known !== undefined) return known
    this.#keys = await fetchKeys(this.#issuer, this.#options)
    return find()
  }
}

async function fetchKeys(
  issuer: string,
  { headers = {}, ca }: KeyRequestOptions,
): Promise<readonly PublishedKey[]> {
  try {
    const options = { headers, timeout: 5000, ca }
    const metadata = await getJson(`${issuer}/.well-known/openid-configuration`, options)
    const { jwks_uri: keysUrl } = metadata as { jwks_uri: string }
    return ((await getJson(keysUrl, options)) as { keys: PublishedKey[] }).keys
  } catch {
    return []
  }
}

function thumbprintIn(confirmation: unknown): string | undefined {
  if (typeof confirmation !== 'object' || confirmation === null) return undefined
  const { jkt } = confirmation as { jkt?: unknown }
  return typeof jkt === 'string' ? jkt : undefined
}

function refuse(description: string): Verification {
  return { ok: false, description }
}
