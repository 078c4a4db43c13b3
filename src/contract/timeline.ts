import type { AuthErrorCode, AuthErrorPhase } from './errors.ts'
import type { Session } from './session.ts'
import type { EpochSeconds } from './units.ts'

/** Origin and path prefix of a configured API: the rule that decided. Never the URL of a request. */
export type Rule = `${string}/`

/**
 * How a request ended. `sent-again`: a refused token was refreshed, or a server's nonce taken up. `withheld`: it was answered, and the
 * page did not get the answer. `not-sent`: there was no usable token. `refused`: it was for nothing that is configured.
 */
export type RequestOutcome =
  | 'sent'
  | 'sent-again'
  | 'sent-without-token'
  | 'withheld'
  | 'not-sent'
  | 'failed'
  | 'refused'

export interface RequestDecision {
  readonly what: 'request'
  readonly client?: string | undefined
  /** Absent when it was refused. */
  readonly rule?: Rule | undefined
  readonly method?: string | undefined
  readonly outcome: RequestOutcome
  /** HTTP status of the API's answer. */
  readonly status?: number | undefined
  /** Milliseconds until the answer began. */
  readonly ms: number
}

export interface RefreshDecision {
  readonly what: 'refresh'
  readonly client: string
  /** Absent when it succeeded. */
  readonly code?: AuthErrorCode | undefined
  readonly ms: number
}

export interface SessionDecision {
  readonly what: 'session'
  readonly client: string
  readonly status: Session['status']
  readonly code?: AuthErrorCode | undefined
}

export interface ErrorDecision {
  readonly what: 'error'
  readonly client?: string | undefined
  readonly code: AuthErrorCode
  readonly phase: AuthErrorPhase
  readonly correlationId: string
}

export interface StepUpDecision {
  readonly what: 'stepup'
  readonly client: string
}

/** What the guardian decided, for the development panel. There is no field in which a URL, a body or a token could be. */
export type Decision =
  | RequestDecision
  | RefreshDecision
  | SessionDecision
  | ErrorDecision
  | StepUpDecision

/** A decision, and when it fell: milliseconds since 1970. */
export type TimelineEntry = Decision & { readonly at: number }

/** When the access token for an API began and ends. Without times there is none yet, or the server did not say. */
export interface TokenTimes {
  readonly rule: Rule
  readonly issuedAt?: EpochSeconds | undefined
  readonly expiresAt?: EpochSeconds | undefined
  /** From then on the next request causes a refresh in the background. */
  readonly refreshFrom?: EpochSeconds | undefined
}

/** Answer to `get-timeline`. */
export interface Timeline {
  readonly client: string
  /** Oldest first; what concerns this client, or none in particular. */
  readonly entries: readonly TimelineEntry[]
  /** For each API of the client, also when nobody is signed in. */
  readonly tokens: readonly TokenTimes[]
  readonly hasRefreshToken: boolean
}
