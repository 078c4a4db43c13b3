import type { AttackContext, AttackResult } from './attack.ts'
import { attempt, inWords, noteOnSession, verdict } from './attack.ts'
import { everyValue, readEveryDatabase } from './databases.ts'
import { bytesOf, findSecrets, textOf } from './find-secrets.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** A non-extractable key cannot be copied, but whoever finds it can use it: tries every key on everything stored. */
export async function useStoredKeys(context: AttackContext): Promise<AttackResult> {
  const { rows, notes } = await readEveryDatabase()
  const found: string[] = []
  const keys: CryptoKey[] = []
  const boxes: { where: string; fields: Bytes[]; bindings: Bytes[] }[] = []
  for (const { database, store, key, value } of rows) {
    const where = `${database}/${store}/${attempt(() => String(key)) ?? '?'}`
    const values = [...everyValue(value)]
    keys.push(...values.filter((part) => part instanceof CryptoKey))
    for (const part of values) {
      if (typeof part !== 'object' || part === null) continue
      const fields = Object.values(part).flatMap((field) => asBytes(field))
      const bindings = bindingsOf(part)
      if (fields.length > 0) boxes.push({ where, fields, bindings })
      const single = bytesOf(part)
      if (single !== undefined) boxes.push({ where, fields: [single], bindings: [] })
    }
  }
  for (const key of keys) {
    found.push(...(await exportsOf(key)))
    if (key.type === 'private' && key.usages.includes('sign')) {
      notes.push(`${key.algorithm.name} key can sign for whoever finds it.`)
    }
  }
  let opened = 0
  for (const { where, fields, bindings } of boxes) {
    for (const key of keys) {
      for (const plain of await decryptions(key, fields, bindings)) {
        opened += 1
        const hits = findSecrets(plain, `decrypted ${where}`)
        found.push(...(hits.length > 0 ? hits : [`decrypted ${where}: ${plain.length} characters`]))
      }
    }
  }
  notes.unshift(...noteOnSession(context))
  notes.push(`${keys.length} keys, ${boxes.length} sealed fields or rows, ${opened} decrypted.`)
  return verdict(found, notes)
}

async function exportsOf(key: CryptoKey): Promise<string[]> {
  const found: string[] = []
  for (const format of ['jwk', 'raw', 'pkcs8'] as const) {
    try {
      await crypto.subtle.exportKey(format, key)
      if (key.type !== 'public') found.push(`${key.algorithm.name} key exported as ${format}`)
    } catch {
      // Not extractable, or not this format: as it should be.
    }
  }
  return found
}

/** Every readable result: each field as data, each other field (and the field's own head) as the initialisation vector. */
async function decryptions(
  key: CryptoKey,
  fields: readonly Bytes[],
  bindings: readonly Bytes[],
): Promise<string[]> {
  if (!key.algorithm.name.startsWith('AES') || !key.usages.includes('decrypt')) return []
  const plain: string[] = []
  for (const data of fields) {
    const tries = fields.filter((iv) => iv !== data).map((iv) => ({ iv, data }))
    for (const size of [12, 16]) {
      if (data.length > size) tries.push({ iv: data.slice(0, size), data: data.slice(size) })
    }
    for (const { iv, data: sealed } of tries) {
      for (const algorithm of algorithms(key.algorithm.name, iv, bindings)) {
        try {
          plain.push(textOf(new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed))))
        } catch (error) {
          if (!(error instanceof DOMException)) plain.push(inWords(error))
        }
      }
    }
  }
  return plain
}

function algorithms(
  name: string,
  iv: Bytes,
  bindings: readonly Bytes[],
): (AesCbcParams | AesCtrParams | AesGcmParams)[] {
  if (name === 'AES-CTR') return [{ name, counter: iv, length: 64 }]
  const bound = name === 'AES-GCM' ? bindings : []
  return [{ name, iv }, ...bound.map((additionalData) => ({ name, iv, additionalData }))]
}

/** What a ciphertext may be bound to: the texts that lie beside it, one alone or two together. */
function bindingsOf(row: object): Bytes[] {
  const texts = Object.values(row).filter((field): field is string => typeof field === 'string')
  const pairs = texts.flatMap((one) =>
    texts
      .filter((other) => other !== one)
      .flatMap((other) => [`${one} ${other}`, `${one}:${other}`]),
  )
  return [...texts, ...pairs].map((text) => new TextEncoder().encode(text) as Bytes)
}

/** Bytes as they are, or from base64 in a string. */
function asBytes(field: unknown): Bytes[] {
  const bytes = bytesOf(field)
  if (bytes !== undefined) return [bytes]
  if (typeof field !== 'string' || !/^[\w+/-]{16,}={0,2}$/.test(field)) return []
  const binary = attempt(() => atob(field.replaceAll('-', '+').replaceAll('_', '/')))
  return binary === undefined ? [] : [Uint8Array.from(binary, (letter) => letter.charCodeAt(0))]
}
