import type { AuthorizationDetail, Claims } from '../../src/contract/session.ts'
import type { StepUpRequirement } from '../../src/contract/step-up.ts'
import type { EpochSeconds } from '../../src/contract/units.ts'
import type { ProofKey } from './proof-key.ts'
import type { Secret } from './secret.ts'

/** What must not change from one ID Token of a session to the next (OpenID Connect Core section 12.2). */
export interface Identity {
  readonly iss: string
  readonly sub: string
  readonly aud: readonly string[]
  readonly azp?: string
  readonly nonce?: string
  readonly authTime?: number
}

/** What the sign-in of a session asked for, and how many in a row did. */
export interface AnsweredStepUp extends StepUpRequirement {
  readonly at: EpochSeconds
  readonly attempts: number
}

/** An access token and what is known of it. */
export interface AccessGrant {
  /** Random: tells it from the one before and the one after. Absent in what an older guardian stored. */
  readonly id?: string
  readonly accessToken: Secret<'access-token'>
  /** Absent in what an older guardian stored. */
  readonly issuedAt?: EpochSeconds
  readonly expiresAt: EpochSeconds | null
  readonly scope: readonly string[]
  /** What the server says that it granted (RFC 9396 section 7). */
  readonly authorizationDetails?: readonly AuthorizationDetail[]
}

/** The outcome of a token request after every check passed. */
export interface TokenSet extends AccessGrant {
  /** Key of the `ParsedTarget` that the access token was asked for with, if there was one. */
  readonly target?: string
  /** Access tokens for the further ones, by key. */
  readonly further?: Readonly<Record<string, AccessGrant>>
  readonly refreshToken?: Secret<'refresh-token'>
  /** Kept only as hint for the logout (OpenID Connect RP-Initiated Logout section 2). */
  readonly idToken?: Secret<'id-token'>
  /** The key that the tokens are bound to; absent for bearer tokens. */
  readonly proofKey?: ProofKey
  /** Filtered by the client's `claims`. */
  readonly user: Claims
  /** Absent when the server gave no ID Token. */
  readonly identity?: Identity
  /** Claims of the UserInfo endpoint, filtered as well, to be merged with those of the next ID Token. */
  readonly userInfo?: Claims
  /** Names the sign-in for which that endpoint is still to be asked. */
  readonly userInfoDue?: string
  /** Of the sign-in, whatever was refreshed since. */
  readonly stepUp?: AnsweredStepUp
}
