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
  const boxes: { where: string; fields: Bytes[] }[] = []
  for (const { database, store, key, value } of rows) {
    const where = `${database}/${store}/${attempt(() => String(key)) ?? '?'}`
    const values = [...everyValue(value)]
    keys.push(...values.filter((part) => part instanceof CryptoKey))
    for (const part of values) {
      if (typeof part !== 'object' || part === null) continue
      const fields = Object.values(part).flatMap((field) => asBytes(field))
      if (fields.length > 0) boxes.push({ where, fields })
      const single = bytesOf(part)
      if (single !== undefined) boxes.push({ where, fields: [single] })
    }
  }
  for (const key of keys) {
    found.push(...(await exportsOf(key)))
    if (key.type === 'private' && key.usages.includes('sign')) {
      notes.push(`${key.algorithm.name} key can sign for whoever finds it.`)
    }
  }
  let opened = 0
  for (const { where, fields } of boxes) {
    for (const key of keys) {
      for (const plain of await decryptions(key, fields)) {
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
async function decryptions(key: CryptoKey, fields: readonly Bytes[]): Promise<string[]> {
  if (!key.algorithm.name.startsWith('AES') || !key.usages.includes('decrypt')) return []
  const plain: string[] = []
  for (const data of fields) {
    const tries = fields.filter((iv) => iv !== data).map((iv) => ({ iv, data }))
    for (const size of [12, 16]) {
      if (data.length > size) tries.push({ iv: data.slice(0, size), data: data.slice(size) })
    }
    for (const { iv, data: sealed } of tries) {
      const algorithm =
        key.algorithm.name === 'AES-CTR'
          ? { name: 'AES-CTR', counter: iv, length: 64 }
          : { name: key.algorithm.name, iv }
      try {
        plain.push(textOf(new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed))))
      } catch (error) {
        if (!(error instanceof DOMException)) plain.push(inWords(error))
      }
    }
  }
  return plain
}

/** Bytes as they are, or from base64 in a string. */
function asBytes(field: unknown): Bytes[] {
  const bytes = bytesOf(field)
  if (bytes !== undefined) return [bytes]
  if (typeof field !== 'string' || !/^[\w+/-]{16,}={0,2}$/.test(field)) return []
  const binary = attempt(() => atob(field.replaceAll('-', '+').replaceAll('_', '/')))
  return binary === undefined ? [] : [Uint8Array.from(binary, (letter) => letter.charCodeAt(0))]
}
