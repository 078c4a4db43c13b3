import type { Database } from './database.ts'

const NAME = 'sealing'

/**
 * The key that seals stored sessions. It cannot be exported, so a copy of the database's files is useless without the
 * browser; but script of the same origin can open the database and use it. See `storage` in the configuration.
 */
export class SealingKey {
  readonly #database: Database
  #key: Promise<CryptoKey> | undefined

  constructor(database: Database) {
    this.#database = database
  }

  async seal(text: string): Promise<{ iv: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer }> {
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const plain = new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
    return {
      iv,
      sealed: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await this.#get(), plain),
    }
  }

  /** `undefined` for what this key did not seal. */
  async unseal(iv: unknown, sealed: unknown): Promise<string | undefined> {
    if (!(iv instanceof Uint8Array) || !(sealed instanceof ArrayBuffer)) return undefined
    const key = await this.#get()
    try {
      const parameters = { name: 'AES-GCM', iv: iv as Uint8Array<ArrayBuffer> }
      return new TextDecoder().decode(await crypto.subtle.decrypt(parameters, key, sealed))
    } catch {
      return undefined
    }
  }

  #get(): Promise<CryptoKey> {
    this.#key ??= this.#loadOrMake().catch((error: unknown) => {
      this.#key = undefined
      throw error
    })
    return this.#key
  }

  async #loadOrMake(): Promise<CryptoKey> {
    const known: unknown = await this.#database.run((database) => database.get('keys', NAME))
    if (isUsable(known)) return known
    const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ])
    return this.#database.run(async (database) => {
      const transaction = database.transaction('keys', 'readwrite')
      // Another worker may have made one in the meantime: the first wins.
      const other: unknown = await transaction.store.get(NAME)
      if (!isUsable(other)) await transaction.store.put(made, NAME)
      await transaction.done
      return isUsable(other) ? other : made
    })
  }
}

/** A key that could be exported was put there by someone else. */
function isUsable(value: unknown): value is CryptoKey {
  return value instanceof CryptoKey && !value.extractable && value.algorithm.name === 'AES-GCM'
}
