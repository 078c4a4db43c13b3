import type { AuthErrorCode, AuthErrorWire } from '../../src/contract/errors.ts'
import type { Json } from '../../src/contract/session.ts'
import type { EpochSeconds } from '../../src/contract/units.ts'
import type { TokenSet } from '../protocol/tokens.ts'

/** A session as it is stored. */
export interface StoredSession {
  /** Random, new with every change: what is written on the ground of an older one is refused. */
  readonly generation: string
  readonly tokens: TokenSet
  readonly appState?: Json
  /** Set while a refresh of this generation was sent and its outcome is not known: the journal of design section 6. */
  readonly refreshStartedAt?: EpochSeconds
}

/**
 * Where tokens are. Every method is one step: a worker may die after any of them.
 * All may throw AuthError `storage-unavailable`, also when the storage does not answer in time, and `storage-newer-version`.
 */
export interface TokenStore {
  /** Whether there is a session, or the end of one, that would be lost with this worker. */
  readonly isInMemory: boolean
  read(client: string): Promise<StoredSession | undefined>
  /** A new session in place of any other. */
  put(client: string, tokens: TokenSet, appState?: Json): Promise<void>
  /** Writes the journal before a refresh is sent. False when the session is no longer of that generation. */
  startRefresh(client: string, generation: string, at: EpochSeconds): Promise<boolean>
  /** Takes the journal entry back: the server is known to have changed nothing. */
  cancelRefresh(client: string, generation: string): Promise<void>
  /** Rotation: new tokens in and the journal closed, in one step. False when the session is no longer of that generation. */
  replace(client: string, generation: string, tokens: TokenSet): Promise<boolean>
  /** Ends the session. With a generation: only if it is still that one. Returns what was removed. */
  remove(client: string, generation?: string): Promise<StoredSession | undefined>
}

/** What is on disk of one client. */
export interface StoredRow {
  /** Absent: the row is damaged so far that it has none. */
  readonly generation?: string
  /** Absent: damaged, or sealed with a key that is gone. */
  readonly session?: StoredSession
}

/** Sessions on disk. Methods are transactions and fail as those of {@link TokenStore}. */
export interface SessionRows {
  look(client: string): Promise<StoredRow | undefined>
  /**
   * Writes a session and its journal, or removes both.
   * @param makesWay whether the row that is there now, if there is one, may go
   * @returns what it said
   */
  write(
    client: string,
    next: StoredSession | undefined,
    makesWay: (row: Pick<StoredRow, 'generation'> | undefined) => boolean,
  ): Promise<boolean>
  /** Opens or, without a time, closes the journal. False when the row is not of that generation. */
  writeJournal(client: string, generation: string, at: EpochSeconds | undefined): Promise<boolean>
}

/** A transaction as it is stored: sealed with a key that only the authorization server gives back (its `state`). */
export interface SealedTransaction {
  readonly iv: Uint8Array<ArrayBuffer>
  readonly sealed: ArrayBuffer
}

/** What a page asked for and the guardian does when the browser navigates to its login or logout path. */
export interface Errand {
  readonly kind: 'login' | 'logout'
  readonly client: string
  readonly returnTo: string
  readonly parameters?: Json
  readonly display?: 'popup'
  /** Vault only, for a hand-over: the app in which the sign-in began, and the verifier, a secret of the vault's storage. */
  readonly appOrigin?: string
  readonly verifier?: string
  /** Like the verifier: what the tokens will be bound to. */
  readonly proofKey?: CryptoKeyPair
  /** What a hand-over by cookie must show. */
  readonly proof?: string
}

/** How a redirect through the guardian ended, for the page where it lands. */
export interface Landing {
  /** Whose sign-in it was, where that is known. */
  readonly client?: string
  readonly error?: AuthErrorWire
  /** Vault: the response of a sign-in in a popup, for the frame in which it began. */
  readonly handOver?: string
}

/** What is known of a session besides its tokens, so that a loss of the tokens is noticed. */
export type SessionMark =
  | { readonly status: 'signed-in' }
  | { readonly status: 'interaction-required'; readonly code: AuthErrorCode }

/** What must survive the worker in every storage mode. Methods are transactions and fail as those of {@link TokenStore}. */
export interface Ledger {
  putTransaction(id: string, transaction: SealedTransaction, expiresAt: EpochSeconds): Promise<void>
  /**
   * Removes a transaction and returns it: nobody gets it twice. In the same step a landing with `interrupted` is
   * written, which says what happened if the worker dies before it can write the real one.
   */
  takeTransaction(
    id: string,
    now: EpochSeconds,
    interrupted: Landing,
  ): Promise<SealedTransaction | undefined>
  putErrand(id: string, errand: Errand, expiresAt: EpochSeconds): Promise<void>
  readErrand(id: string, now: EpochSeconds): Promise<Errand | undefined>
  /** As {@link takeTransaction}, for an errand whose response was handed over. One that is not meant stays. */
  takeErrand(
    id: string,
    isMeant: (errand: Errand) => boolean,
    now: EpochSeconds,
    interrupted: Landing,
  ): Promise<Errand | undefined>
  putLanding(id: string, landing: Landing, expiresAt: EpochSeconds): Promise<void>
  /**
   * Removes and returns the newest landing that is not expired: the page that asks landed just now. An older one is of a
   * page that never arrived.
   * @param client whose landing is meant; left out, that of any
   */
  takeLanding(now: EpochSeconds, client?: string): Promise<Landing | undefined>
  /** Removes and returns the newest hand-over of a popup. */
  takeHandOver(now: EpochSeconds): Promise<string | undefined>
  writeMark(client: string, mark: SessionMark | undefined): Promise<void>
  readMark(client: string): Promise<SessionMark | undefined>
  removeExpired(now: EpochSeconds): Promise<void>
}
