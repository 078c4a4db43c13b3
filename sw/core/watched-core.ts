import { createGuardianCore, type GuardianCore } from './guardian-core.ts'
import type { Surroundings } from './surroundings.ts'
import { DecisionBook } from './timeline.ts'

/**
 * The guardian, and a book of what it decides, for the development panel.
 * @param now milliseconds since 1970
 */
export function createWatchedCore(surroundings: Surroundings, now: () => number): GuardianCore {
  const decisions = new DecisionBook(surroundings, now)
  const tell: Surroundings['tell'] = (event, page) => {
    decisions.hear(event, page)
    surroundings.tell(event, page)
  }
  const core = createGuardianCore({ ...surroundings, decisions, tell })
  return { ...core, apiRequests: decisions.watch(core.apiRequests) }
}
