import { isAuthError } from '../../src/contract/errors.ts'
import type { Database } from './database.ts'
import { storedKey } from './stored-key.ts'

const NAME = 'sealing'
const ALGORITHM = { name: 'AES-GCM', length: 256 }

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

  /** @param context what the text belongs to: it unseals with the same context only */
  async seal(
    text: string,
    context: string,
  ): Promise<{ iv: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer }> {
    // Looked up each time: the user may have deleted the database, and with it the key of before.
    this.#key = undefined
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const sealed = await crypto.subtle.encrypt(gcm(iv, context), await this.#get(), utf8(text))
    return { iv, sealed }
  }

  /** `undefined` for what this key did not seal in this context. */
  async unseal(iv: unknown, sealed: unknown, context: string): Promise<string | undefined> {
    if (!(iv instanceof Uint8Array) || !(sealed instanceof ArrayBuffer)) return undefined
    const parameters = gcm(iv as Uint8Array<ArrayBuffer>, context)
    const attempt = async (): Promise<string> => {
      const plain = await crypto.subtle.decrypt(parameters, await this.#get(), sealed)
      return new TextDecoder().decode(plain)
    }
    return attempt().catch((error: unknown) => {
      if (isAuthError(error)) throw error
      // Perhaps another worker sealed it after the database was made anew.
      this.#key = undefined
      return attempt().catch((again: unknown) => {
        if (isAuthError(again)) throw again
        return undefined
      })
    })
  }

  #get(): Promise<CryptoKey> {
    this.#key ??= storedKey(this.#database, NAME, ALGORITHM, ['encrypt', 'decrypt']).catch(
      (error: unknown) => {
        this.#key = undefined
        throw error
      },
    )
    return this.#key
  }
}

function gcm(iv: Uint8Array<ArrayBuffer>, context: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: utf8(context) }
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
}
