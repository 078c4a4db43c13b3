import { createHash, createPublicKey, verify, type JsonWebKey } from 'node:crypto'

/** A JSON Web Signature in compact form, taken apart but not yet verified. */
export interface Jws {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
  readonly signed: string
  readonly signature: Buffer
}

export function decodeJws(compact: string): Jws | undefined {
  const [header, payload, signature, ...more] = compact.split('.')
  if (!header || !payload || !signature || more.length > 0) return undefined
  const parsed = [parseObject(header), parseObject(payload)] as const
  if (parsed[0] === undefined || parsed[1] === undefined) return undefined
  return {
    header: parsed[0],
    payload: parsed[1],
    signed: `${header}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

/** @returns false also for every algorithm but RS256 and ES256, and for a key that does not fit. */
export function hasValidSignature(jws: Jws, jwk: JsonWebKey): boolean {
  const { alg } = jws.header
  if (!(alg === 'RS256' && jwk.kty === 'RSA') && !(alg === 'ES256' && jwk.crv === 'P-256')) {
    return false
  }
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    return verify(
      'sha256',
      Buffer.from(jws.signed),
      { key, dsaEncoding: 'ieee-p1363' },
      jws.signature,
    )
  } catch {
    return false
  }
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function parseObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
