import type { Json } from '../../src/contract/session.ts'
import type { SealedTransaction } from './token-store.ts'

/** What an authorization response is checked and completed with. */
export interface Transaction {
  readonly client: string
  readonly redirectUri: string
  readonly returnTo: string
  /** Whether the server's metadata promised an `iss` in the response (RFC 9207 section 3). */
  readonly issuerPromised: boolean
  /** Absent when the response is handed over: then the one who gets it has the verifier. */
  readonly verifier?: string
  /** The key that the tokens will be bound to, as private JWK; kept as {@link Transaction.verifier} is. */
  readonly proofJwk?: Json
  readonly nonce?: string
  readonly maxAge?: number
  readonly acrValues?: readonly string[]
  readonly appState?: Json
  readonly display?: 'popup'
  /** Vault: the errand that waits for the response, in the storage of a frame in that app. */
  readonly home?: { readonly errand: string; readonly appOrigin: string }
}

/** The name under which a transaction is stored: a hash in hexadecimal, which tells nothing about its state. */
export async function transactionId(state: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(`id ${state}`)))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * Seals a transaction with a key that is derived from its state. The state is not stored: it comes back with the
 * response, so script in the page that reads the database in the meantime finds no verifier and no nonce.
 */
export async function sealTransaction(
  state: string,
  transaction: Transaction,
): Promise<SealedTransaction> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const key = await keyOf(state)
  const plain = utf8(JSON.stringify(transaction))
  return { iv, sealed: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain) }
}

/**
 * `undefined` when the row was not sealed with this state. Script of the same origin can seal a transaction of its own with a
 * state that it chose, and so sign the user in to an account of its own: see the README's table.
 */
export async function unsealTransaction(
  state: string,
  { iv, sealed }: SealedTransaction,
): Promise<Transaction | undefined> {
  try {
    const key = await keyOf(state)
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed)
    return JSON.parse(new TextDecoder().decode(plain)) as Transaction
  } catch {
    return undefined
  }
}

async function keyOf(state: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', utf8(state), 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(),
      info: utf8('token-guardian transaction'),
    },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
}
