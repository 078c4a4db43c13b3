import type { AccessGrant } from '../protocol/tokens.ts'

/**
 * When to ask for new tokens, as pure functions: the guardian and the model of docs/at-scale.md decide by the same ones. The
 * numbers were chosen by that model.
 */

/** Share of a token's lifetime after which a refresh in the background may begin. */
const EARLIEST_SHARE = 1 / 2
/** Seconds until the end of a token below which waiting for a better moment is over. */
const HURRY_SECONDS = 30
/** Pauses after failures grow from the first by the factor, up to the share of the token's lifetime. */
const FIRST_PAUSE_SECONDS = 2
const PAUSE_FACTOR = 8
const LONGEST_PAUSE_SHARE = 0.7
/** Seconds of the longest pause where the lifetime is not known, and of the longest that users are kept waiting. */
const LONGEST_PAUSE_OF_UNKNOWN_SECONDS = 60
const LONGEST_PAUSE_SECONDS = 600
/** Seconds of `Retry-After` that are believed: a mistake there must not lock users out for hours. */
const MOST_RETRY_AFTER_SECONDS = 600
/** Random share of it on top: a server that names the end of its maintenance names one moment for all. */
const RETRY_AFTER_SPREAD = 1 / 4

export interface FailedRefresh {
  /** In a row, this one included. */
  readonly failures: number
  /** Seconds that the access token is still good for; negative after its end. */
  readonly leftSeconds: number
  readonly lifetimeSeconds: number | undefined
  /** RFC 9110 section 10.2.3; 0 when the server did not say. */
  readonly retryAfterSeconds: number
}

/**
 * The second from which a refresh runs in the background: a random one between half of the token's lifetime and the leeway before
 * its end, the same for everyone who asks. Tokens that were issued together are so not refreshed together. It is never in the first
 * half: with a leeway as long as the token lives each request would refresh.
 */
export function refreshFrom(
  token: Pick<AccessGrant, 'id' | 'issuedAt'> & { readonly expiresAt: number },
  leewaySeconds: number,
): number {
  const { id, issuedAt, expiresAt } = token
  const latest = expiresAt - leewaySeconds
  if (issuedAt === undefined) return latest
  const earliest = issuedAt + (expiresAt - issuedAt) * EARLIEST_SHARE
  return earliest + Math.max(0, latest - earliest) * shareOf(id)
}

/**
 * Seconds in which nobody asks again after a failure. While the token is good there is no hurry: the next attempt is in the last
 * quarter of what is left of it. Afterwards pauses grow, so that the crowd that an outage leaves behind comes back over a share of the
 * tokens' lifetime. What the server asked for comes first, and the pause on top of it.
 * @param random from 0 to 1
 */
export function pauseAfter(failed: FailedRefresh, random: () => number = Math.random): number {
  const { failures, leftSeconds, lifetimeSeconds, retryAfterSeconds } = failed
  const asked = believedSeconds(retryAfterSeconds) * (1 + RETRY_AFTER_SPREAD * random())
  if (leftSeconds > HURRY_SECONDS) return asked + leftSeconds * (0.75 + 0.25 * random())
  const grown = FIRST_PAUSE_SECONDS * PAUSE_FACTOR ** (failures - 1)
  const most = Math.min(longestPause(lifetimeSeconds), grown)
  return asked + most * (0.5 + 0.5 * random())
}

/** What of a `Retry-After` is believed. */
export function believedSeconds(retryAfterSeconds: number): number {
  return Math.min(retryAfterSeconds, MOST_RETRY_AFTER_SECONDS)
}

function longestPause(lifetimeSeconds: number | undefined): number {
  if (lifetimeSeconds === undefined) return LONGEST_PAUSE_OF_UNKNOWN_SECONDS
  const share = lifetimeSeconds * LONGEST_PAUSE_SHARE
  return Math.min(LONGEST_PAUSE_SECONDS, Math.max(FIRST_PAUSE_SECONDS, share))
}

/** The random id of a token as a number from 0 to 1. An id of another form waits until the leeway. */
function shareOf(id: string | undefined): number {
  const share = Number.parseInt(id?.slice(0, 8) ?? '', 16) / 2 ** 32
  return share >= 0 && share <= 1 ? share : 1
}
