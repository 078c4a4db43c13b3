import * as oauth from 'oauth4webapi'
import type { Json } from '../../src/contract/session.ts'

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' }

/**
 * The key that a session's tokens are bound to (RFC 9449): ES256, one per session, and nobody can export its private half. A
 * private field holds it, so that structured clone and JSON of what holds a token set carry no handle that could be used.
 */
export class ProofKey {
  readonly #pair: CryptoKeyPair

  constructor(pair: CryptoKeyPair) {
    this.#pair = pair
  }

  /** Read the handles. One caller: the store. */
  reveal(): CryptoKeyPair {
    return this.#pair
  }

  /** JWK thumbprint (RFC 7638), for `dpop_jkt` (RFC 9449 section 10). */
  thumbprint(): Promise<string> {
    return this.signer().calculateThumbprint()
  }

  /**
   * What the protocol library makes a proof with. The nonce is given to it: the library would remember nonces beside the key,
   * and a key that is read from the storage again is another object.
   */
  signer(nonce?: string): oauth.DPoPHandle {
    return oauth.DPoP({}, this.#pair, {
      [oauth.modifyAssertion]: (_header, payload) => {
        if (nonce !== undefined) payload['nonce'] = nonce
      },
    })
  }
}

export async function makeProofKey(): Promise<ProofKey> {
  return new ProofKey(await oauth.generateKeyPair('ES256'))
}

/**
 * A key that can be sealed as text while a sign-in waits: a handle in the storage could be used by script of the same origin,
 * sealed text cannot. {@link importProofKey} makes the handle.
 */
export async function makeSealableProofKey(): Promise<{
  readonly jwk: Json
  readonly thumbprint: string
}> {
  const pair = await oauth.generateKeyPair('ES256', { extractable: true })
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  return {
    jwk: { kty, crv, x, y, d } as Json,
    thumbprint: await new ProofKey(pair).thumbprint(),
  }
}

/** `undefined` for what is not a private key for ES256 as JWK. */
export async function importProofKey(jwk: unknown): Promise<ProofKey | undefined> {
  if (typeof jwk !== 'object' || jwk === null) return undefined
  const { kty, crv, x, y, d } = jwk as JsonWebKey
  const publicJwk = { kty, crv, x, y } as JsonWebKey
  try {
    const [privateKey, publicKey] = await Promise.all([
      crypto.subtle.importKey('jwk', { ...publicJwk, d } as JsonWebKey, ES256, false, ['sign']),
      crypto.subtle.importKey('jwk', publicJwk, ES256, true, ['verify']),
    ])
    return parseProofKey({ privateKey, publicKey })
  } catch {
    return undefined
  }
}

/** Reads what a storage gave back. A private key that could be exported was put there by someone else. */
export function parseProofKey(value: unknown): ProofKey | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { privateKey, publicKey } = value as Record<string, unknown>
  if (!isEs256(privateKey, 'private') || privateKey.extractable) return undefined
  if (!privateKey.usages.includes('sign')) return undefined
  if (!isEs256(publicKey, 'public') || !publicKey.extractable) return undefined
  return new ProofKey({ privateKey, publicKey })
}

function isEs256(value: unknown, type: KeyType): value is CryptoKey {
  if (!(value instanceof CryptoKey) || value.type !== type) return false
  const { name, namedCurve } = value.algorithm as {
    readonly name: string
    readonly namedCurve?: unknown
  }
  return name === ES256.name && namedCurve === ES256.namedCurve
}
