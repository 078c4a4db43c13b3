import { generateKeyPair, randomUUID, type JsonWebKey } from 'node:crypto'
import { promisify } from 'node:util'

const generate = promisify(generateKeyPair)

/** A private key as oidc-provider takes it. */
export type SigningKey = JsonWebKey & {
  readonly kid: string
  readonly alg: string
  readonly use: 'sig'
}

/** One RS256 and one ES256 key, with key ids that were never used before. */
export async function createSigningKeys(): Promise<readonly SigningKey[]> {
  const [rsa, ec] = await Promise.all([
    generate('rsa', { modulusLength: 2048 }),
    generate('ec', { namedCurve: 'P-256' }),
  ])
  return [
    {
      ...rsa.privateKey.export({ format: 'jwk' }),
      kid: `rs-${randomUUID()}`,
      alg: 'RS256',
      use: 'sig',
    },
    {
      ...ec.privateKey.export({ format: 'jwk' }),
      kid: `es-${randomUUID()}`,
      alg: 'ES256',
      use: 'sig',
    },
  ]
}
