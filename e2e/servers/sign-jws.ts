import { createPrivateKey, sign } from 'node:crypto'

import type { SigningKey } from '../../src/testing/server/signing-keys.ts'

/** A JSON Web Signature in compact form, with the key's own algorithm (RS256 or ES256). */
export function signJws(claims: object, key: SigningKey, header: object = {}): string {
  const { alg, kid } = key
  const input = `${encode({ alg, kid, ...header })}.${encode(claims)}`
  const privateKey = createPrivateKey({ key: { ...key }, format: 'jwk' })
  const signature = sign('sha256', Buffer.from(input), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  })
  return `${input}.${signature.toString('base64url')}`
}

/** What a key set shows of it. */
export function publicPart({ kty, n, e, crv, x, y, kid, alg, use }: SigningKey): object {
  return { kty, n, e, crv, x, y, kid, alg, use }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
