import type { DBSchema } from 'idb'
import type { Errand, Landing, SessionMark } from '../core/token-store.ts'

export const DATABASE_NAME = 'token-guardian'
/** Raise it with every change of the stores; `schema-versions.browser.test.ts` wants to know what the one before left behind. */
export const DATABASE_VERSION = 1

interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>
  readonly sealed: ArrayBuffer
}

/** What is written. What is read is `unknown` until parsed: page script of the same origin can write here too. */
export interface GuardianSchema extends DBSchema {
  sessions: {
    key: string
    value: Sealed & {
      readonly client: string
      readonly generation: string
      /** For tokens that are bound to it. */
      readonly proofKey?: CryptoKeyPair
    }
  }
  journal: {
    key: string
    value: { readonly client: string; readonly generation: string; readonly startedAt: number }
  }
  keys: { key: string; value: CryptoKey }
  transactions: { key: string; value: Sealed & { readonly id: string; readonly expiresAt: number } }
  errands: { key: string; value: Errand & { readonly id: string; readonly expiresAt: number } }
  landings: { key: string; value: Landing & { readonly id: string; readonly expiresAt: number } }
  marks: { key: string; value: { readonly client: string; readonly mark: SessionMark } }
}

export const STORES = [
  'sessions',
  'journal',
  'keys',
  'transactions',
  'errands',
  'landings',
  'marks',
] as const

export const EXPIRING = ['transactions', 'errands', 'landings'] as const
