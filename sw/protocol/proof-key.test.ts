import fc from 'fast-check'
import * as oauth from 'oauth4webapi'
import { expect, test } from 'vitest'
import { proofHeaders } from './dpop.ts'
import {
  importProofKey,
  makeProofKey,
  makeSealableProofKey,
  parseProofKey,
  type ProofKey,
} from './proof-key.ts'
import { Secret } from './secret.ts'

const USAGES: KeyUsage[] = ['sign', 'verify']
const generate = (algorithm: EcKeyGenParams, extractable = false): Promise<CryptoKeyPair> =>
  crypto.subtle.generateKey(algorithm, extractable, USAGES)

/** Signs something, and has it checked. */
async function works(key: ProofKey | undefined): Promise<boolean> {
  if (key === undefined) return false
  const { privateKey, publicKey } = key.reveal()
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const data = new Uint8Array([1])
  const signature = await crypto.subtle.sign(algorithm, privateKey, data)
  return crypto.subtle.verify(algorithm, publicKey, signature, data)
}

test('a key that was sealed as text works again, and cannot be exported any more', async () => {
  const { jwk, thumbprint } = await makeSealableProofKey()
  const key = await importProofKey(JSON.parse(JSON.stringify(jwk)))
  expect(await works(key)).toBe(true)
  expect(key?.reveal().privateKey.extractable).toBe(false)
  expect(await key?.thumbprint()).toBe(thumbprint)
  expect(thumbprint).toMatch(/^[\w-]{43}$/)
})

test('text that is no private key for ES256 is none', async () => {
  const { jwk } = await makeSealableProofKey()
  const es256 = jwk as JsonWebKey
  const { d: _, ...publicOnly } = es256
  const wrong = [undefined, null, 'x', [], {}, publicOnly, { ...es256, crv: 'P-384' }]
  for (const value of [...wrong, { ...es256, kty: 'RSA' }, { ...es256, x: 'AA' }]) {
    expect(await importProofKey(value)).toBeUndefined()
  }
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      expect(await importProofKey(value)).toBeUndefined()
    }),
    { numRuns: 50 },
  )
})

test('what a storage gives back is a key only if nobody can export it and it signs for ES256', async () => {
  const pair = (await makeProofKey()).reveal()
  expect(await works(parseProofKey(structuredClone(pair)))).toBe(true)
  const p256 = { name: 'ECDSA', namedCurve: 'P-256' }
  const extractable = await generate(p256, true)
  const larger = await generate({ name: 'ECDSA', namedCurve: 'P-384' })
  const agreement = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, [
    'deriveBits',
  ])
  const hidden = await crypto.subtle.importKey(
    'jwk',
    await crypto.subtle.exportKey('jwk', pair.publicKey),
    p256,
    false,
    ['verify'],
  )
  for (const value of [
    undefined,
    null,
    'x',
    {},
    extractable,
    larger,
    agreement,
    { privateKey: pair.publicKey, publicKey: pair.privateKey },
    { privateKey: pair.privateKey },
    { privateKey: { ...pair.privateKey }, publicKey: pair.publicKey },
    { privateKey: pair.privateKey, publicKey: hidden },
  ]) {
    expect(parseProofKey(value)).toBeUndefined()
  }
})

test('a proof is accepted by the checks that the protocol library has for servers', async () => {
  const key = await makeProofKey()
  const issuer = 'https://as.example'
  const signing = await oauth.generateKeyPair('ES256')
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer,
    aud: 'api',
    sub: 'user-1',
    client_id: 'app',
    jti: 'id',
    iat: now,
    exp: now + 60,
    cnf: { jkt: await key.thumbprint() },
  }
  const input = `${part({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })}.${part(claims)}`
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = await crypto.subtle.sign(algorithm, signing.privateKey, Buffer.from(input))
  const token = `${input}.${Buffer.from(signature).toString('base64url')}`
  const url = 'https://api.example/v1/me?page=2#part'
  const secret = new Secret('access-token', token)
  const validate = (asked: string, headers: Record<string, string>): Promise<unknown> =>
    oauth.validateJwtAccessToken(
      { issuer, jwks_uri: `${issuer}/jwks` },
      new Request(asked, { method: 'PATCH', headers }),
      'api',
      {
        requireDPoP: true,
        [oauth.customFetch]: async () =>
          Response.json({
            keys: [{ ...(await crypto.subtle.exportKey('jwk', signing.publicKey)), kid: 'k' }],
          }),
      },
    )
  const headers = await proofHeaders(key, secret, { method: 'PATCH', url }, 'nonce')
  expect(await validate(url, headers)).toMatchObject({ sub: 'user-1' })
  await expect(validate('https://api.example/v1/other', headers)).rejects.toThrow('htu')
})
