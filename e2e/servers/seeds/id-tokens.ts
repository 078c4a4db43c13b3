import { signJws } from '../sign-jws.ts'
import type { SigningKey } from '../../../src/testing/server/signing-keys.ts'
import type { Granted } from './codes.ts'
import type { Lists } from './no-secrets.ts'

const idTokenSeconds = 300

/** Seconds since 1970. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

export function keyOf(keys: readonly SigningKey[], alg: 'RS256' | 'ES256'): SigningKey {
  const key = keys.find((one) => one.alg === alg)
  if (key === undefined) throw new Error(`There is no ${alg} key`)
  return key
}

export function idTokenFor(
  { user, nonce }: Pick<Granted, 'user' | 'nonce'>,
  { iss, aud }: { readonly iss: string; readonly aud: string },
  key: SigningKey,
  issued: Lists,
): string {
  const iat = nowSeconds()
  const claims = { iss, aud, sub: user, iat, exp: iat + idTokenSeconds }
  const token = signJws(nonce === null ? claims : { ...claims, nonce }, key)
  issued.idTokens.push(token)
  return token
}
