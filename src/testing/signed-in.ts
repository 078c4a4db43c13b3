import type { Claims, SignedIn } from '../contract/session.ts'
import { epochSeconds } from '../contract/units.ts'

/** Seconds that an access token of a fake session lives. */
export const TOKEN_SECONDS = 300

export type SignedInFacts = Partial<Omit<SignedIn, 'status' | 'expiresAt'>> & {
  /** Seconds since 1970. Default: in five minutes. */
  readonly expiresAt?: number | null
}

const ada: Claims = { sub: 'ada', name: 'Ada', email: 'ada@example.com', email_verified: true }

/** A session for a test. What is not said is made up: the user is Ada. */
export function signedIn(facts: SignedInFacts = {}): SignedIn {
  const { expiresAt = Date.now() / 1000 + TOKEN_SECONDS, ...others } = facts
  return {
    status: 'signed-in',
    user: ada,
    scope: ['openid', 'profile', 'email'],
    stale: false,
    ...others,
    expiresAt: expiresAt === null ? null : epochSeconds(expiresAt),
  }
}
