import type { JsonWebKey } from 'node:crypto'

import { decodeJws, hasValidSignature, sha256 } from './jws.ts'

/** What a proof has to fit. */
export interface ProofContext {
  readonly method: string
  /** Origin and path of the request. */
  readonly url: string
  readonly accessToken: string
  /** `cnf.jkt` of the access token. */
  readonly thumbprint: string
  /** Demanded nonce, if any. */
  readonly nonce?: string
}

/** Seconds, as oidc-provider has them: clocks of devices are not exact. */
const oldestSeconds = 300
const futureSeconds = 300
const rememberedIds = 10_000

/**
 * Checks DPoP proofs as the resource server does and remembers their ids.
 *
 * @see RFC 9449 section 4.3
 */
export class ProofChecker {
  readonly #seen = new Set<string>()

  /** @returns what is wrong, or undefined when the proof is good. */
  check(proof: string | undefined, context: ProofContext): string | undefined {
    const jws = proof === undefined ? undefined : decodeJws(proof)
    if (jws === undefined) return 'a single well-formed DPoP proof is required'
    const { header, payload } = jws
    const jwk = publicKeyOf(header['jwk'])
    if (header['typ'] !== 'dpop+jwt') return 'typ must be dpop+jwt'
    if (jwk === undefined || !hasValidSignature(jws, jwk)) return 'the signature is not valid'
    if (thumbprintOf(jwk) !== context.thumbprint) return 'the key is not the one of the token'
    if (payload['htm'] !== context.method) return 'htm does not match'
    if (normalUrl(payload['htu']) !== normalUrl(context.url)) return 'htu does not match'
    if (payload['ath'] !== sha256(context.accessToken)) return 'ath does not match'
    const ageSeconds = Date.now() / 1000 - Number(payload['iat'])
    if (!(ageSeconds < oldestSeconds && ageSeconds > -futureSeconds)) return 'iat is not recent'
    if (context.nonce !== undefined && payload['nonce'] !== context.nonce) return 'use_dpop_nonce'
    return this.#remember(payload['jti']) ? undefined : 'jti is missing or was used before'
  }

  #remember(id: unknown): boolean {
    if (typeof id !== 'string' || id === '' || this.#seen.has(id)) return false
    this.#seen.add(id)
    const oldest = this.#seen.values().next().value
    if (this.#seen.size > rememberedIds && oldest !== undefined) this.#seen.delete(oldest)
    return true
  }
}

function publicKeyOf(value: unknown): JsonWebKey | undefined {
  if (typeof value !== 'object' || value === null || 'd' in value) return undefined
  return value as JsonWebKey
}

/** @see RFC 7638 */
function thumbprintOf({ kty, crv, x, y, e, n }: JsonWebKey): string {
  return sha256(JSON.stringify(kty === 'EC' ? { crv, kty, x, y } : { e, kty, n }))
}

function normalUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined
  const { origin, pathname } = new URL(value)
  return `${origin}${pathname}`
}
