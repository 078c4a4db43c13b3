import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

import type { Certificate } from '../../src/testing/server/listener.ts'

const DAY_MS = 86_400_000

/** Makes a certificate that signs itself, for a week. Nothing of it is kept in files, and nobody trusts it unasked. */
export function createCertificate(hosts: readonly string[]): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(ECDSA_WITH_SHA256)
  const name = sequence(tagged(0x31, sequence(COMMON_NAME, tagged(0x0c, text('localhost')))))
  const names = sequence(...hosts.map((host) => tagged(0x82, text(host))))
  // RFC 5280 section 4.1.
  const content = sequence(
    tagged(0xa0, tagged(0x02, Buffer.of(2))),
    tagged(0x02, Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(Date.now() - DAY_MS), time(Date.now() + 7 * DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(sequence(SUBJECT_ALT_NAME, tagged(0x04, names)))),
  )
  const signature = tagged(0x03, Buffer.of(0), sign('sha256', content, privateKey))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: pem(sequence(content, algorithm, signature)),
  }
}

/** Distinguished encoding rules (X.690): a tag, a length, and the content. */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const bytes = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...bytes), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts)
}

const ECDSA_WITH_SHA256 = tagged(0x06, Buffer.from('2a8648ce3d040302', 'hex'))
const COMMON_NAME = tagged(0x06, Buffer.from('550403', 'hex'))
const SUBJECT_ALT_NAME = tagged(0x06, Buffer.from('551d11', 'hex'))

function text(value: string): Buffer {
  return Buffer.from(value, 'utf8')
}

/** `YYMMDDhhmmssZ` */
function time(ms: number): Buffer {
  return tagged(0x17, text(`${new Date(ms).toISOString().slice(2, 19).replaceAll(/\D/g, '')}Z`))
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}
