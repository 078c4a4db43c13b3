import { webcrypto } from 'node:crypto'

type Alg = 'RS256' | 'PS256' | 'ES256' | 'ES512' | 'EdDSA' | 'Ed25519'

const RSA = { hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]) }

const PARAMETERS = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', ...RSA },
  PS256: { name: 'RSA-PSS', saltLength: 32, ...RSA },
  ES256: { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' },
  ES512: { name: 'ECDSA', hash: 'SHA-512', namedCurve: 'P-521' },
  EdDSA: { name: 'Ed25519' },
  Ed25519: { name: 'Ed25519' },
} as const

/** A key with which the fake server signs, and as its JWKS shows it. */
export interface SigningKey {
  readonly alg: Alg
  readonly kid: string
  readonly jwk: Record<string, unknown>
  /** A JWT in compact form. Header fields may be changed, also to what no honest server writes. */
  readonly sign: (claims: object, header?: object) => Promise<string>
}

let made = 0

/** @param modulusLength of RSA keys, in bits */
export async function makeSigningKey(
  alg: Alg = 'ES256',
  modulusLength = 2048,
): Promise<SigningKey> {
  const parameters = { ...PARAMETERS[alg], modulusLength }
  const { privateKey, publicKey } = (await webcrypto.subtle.generateKey(parameters, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair
  made += 1
  const kid = `key-${made}`
  return {
    alg,
    kid,
    jwk: { ...(await webcrypto.subtle.exportKey('jwk', publicKey)), alg, kid, use: 'sig' },
    sign: async (claims, header = {}) => {
      const input = `${base64Url({ alg, kid, ...header })}.${base64Url(claims)}`
      const signature = await webcrypto.subtle.sign(parameters, privateKey, Buffer.from(input))
      return `${input}.${Buffer.from(signature).toString('base64url')}`
    },
  }
}

export function base64Url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
