import type { AuthClient } from '../client/auth-client.ts'
import { waysOfClients } from '../client/guardian-link.ts'
import { isAuthError, type AuthErrorCode } from '../contract/errors.ts'
import { parseTimeline } from '../contract/parse-timeline.ts'
import type { Timeline } from '../contract/timeline.ts'

/** Milliseconds that an answer may take; the guardian asks nobody for it. */
const DEADLINE_MS = 3000

/** What the guardian answered, or why there is no timeline. */
export interface Asked {
  readonly timeline?: Timeline
  readonly code?: AuthErrorCode
  /** Where the guardian is, when that is not this origin. */
  readonly vaultOrigin?: string
}

/** Asks the guardian of a client for its timeline. Never rejects, and starts nothing: a page without a guardian stays as it is. */
export async function askTimeline(client: AuthClient): Promise<Asked> {
  const way = waysOfClients.get(client)
  const vaultOrigin = way?.link.vault?.origin
  const where = vaultOrigin === undefined ? {} : { vaultOrigin }
  try {
    const answer = await way?.link.ask({ type: 'get-timeline', ...way.client }, DEADLINE_MS)
    const timeline = parseTimeline(answer)
    return timeline ? { timeline, ...where } : { code: 'contract-mismatch', ...where }
  } catch (error) {
    return { code: isAuthError(error) ? error.code : 'page-not-covered', ...where }
  }
}
