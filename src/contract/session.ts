import type { AuthErrorCode } from './errors.ts'
import type { EpochSeconds } from './units.ts'

/** A JSON value, as claims and `appState` are made of. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json }

/** Claims about the user, filtered by the client's `claims`. Never a token. */
export interface Claims {
  readonly sub: string
  readonly [claim: string]: Json
}

/** One element of `authorization_details` (RFC 9396 section 2): JSON, and what is in it besides `type` is the server's. */
export interface AuthorizationDetail {
  readonly type: string
  readonly [member: string]: Json
}

export interface SignedIn {
  readonly status: 'signed-in'
  readonly user: Claims
  readonly scope: readonly string[]
  /**
   * What the server says that it granted (RFC 9396 section 7), which may differ from what was asked for. Absent when it does not
   * say. Text from the server: show it as text only.
   */
  readonly authorizationDetails?: readonly AuthorizationDetail[]
  /** When the access token expires; `null` when the server did not say. */
  readonly expiresAt: EpochSeconds | null
  /** True while the access token is expired and could not be refreshed yet. The session is kept. */
  readonly stale: boolean
  /** What the page passed to `loginWithRedirect`. */
  readonly appState?: Json
}

/** What a page may know of a session. Structured-cloneable. */
export type Session =
  | { readonly status: 'signed-out' }
  | SignedIn
  | { readonly status: 'interaction-required'; readonly code: AuthErrorCode }
  | { readonly status: 'unprotected'; readonly code: AuthErrorCode }
