import type { StepUpRequirement } from '../../src/contract/step-up.ts'
import type { EpochSeconds } from '../../src/contract/units.ts'
import type { AnsweredStepUp } from '../protocol/tokens.ts'

/** Seconds between two sign-ins up to which the second counts as another attempt at the same. */
const IN_A_ROW_SECONDS = 600
/** Seconds after `max_age` until which a refusal is laid to the sign-in, and not to the time that passed. */
const LAPSE_SECONDS = 60

/** Completed sign-ins for one requirement after which it is not announced any more: one more would end as these did. */
export const MOST_ATTEMPTS = 3

/**
 * What to remember of a sign-in with the session that it makes, so that a refusal of just that session is known for what it is.
 * Kept with the tokens: the next refusal may come to another life of the worker, or to a vault's bridge.
 * @param before of the session that this sign-in replaces
 */
export function answeredStepUp(
  { acrValues, maxAge }: StepUpRequirement,
  before: AnsweredStepUp | undefined,
  now: EpochSeconds,
): AnsweredStepUp {
  const asked = {
    ...(acrValues === undefined ? {} : { acrValues }),
    ...(maxAge === undefined ? {} : { maxAge }),
  }
  const inARow = before && now - before.at <= IN_A_ROW_SECONDS && isAnsweredBy(before, asked)
  const first = acrValues === undefined && maxAge === undefined ? 0 : 1
  return { ...asked, at: now, attempts: inARow ? before.attempts + 1 : first }
}

/** How many sign-ins in a row were for this requirement, up to the session that was refused. */
export function attemptsAt(
  required: StepUpRequirement,
  answered: AnsweredStepUp | undefined,
  now: EpochSeconds,
): number {
  if (answered === undefined || !isAnsweredBy(required, answered)) return 0
  const { maxAge } = required
  return maxAge !== undefined && now - answered.at > maxAge + LAPSE_SECONDS ? 0 : answered.attempts
}

/** An app may ask for one of several values, or for a more recent sign-in. */
function isAnsweredBy(required: StepUpRequirement, asked: StepUpRequirement): boolean {
  const { acrValues, maxAge } = required
  return (
    (acrValues === undefined || acrValues.some((acr) => asked.acrValues?.includes(acr) === true)) &&
    (maxAge === undefined || (asked.maxAge !== undefined && asked.maxAge <= maxAge))
  )
}
