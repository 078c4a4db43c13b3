import {
  LONGEST_ACR_VALUE,
  MOST_ACR_VALUES,
  type StepUpRequirement,
} from '../../src/contract/step-up.ts'
import { readChallenges, type Challenge } from './bearer-challenge.ts'

/** RFC 6750 section 2.1 and RFC 9449 section 7.1: the schemes by which an API speaks of access tokens. */
const TOKEN_SCHEMES = ['bearer', 'dpop']
const MOST_SCOPES = 64
const LONGEST_SCOPE = 256

/** Why an API refused a request with a token, as far as its challenge says so. */
export type ApiRefusal =
  | { readonly reason: 'step-up'; readonly requirement: StepUpRequirement }
  | { readonly reason: 'scope'; readonly scope: readonly string[] }
  | {
      readonly reason: 'other'
      /** Where the API describes itself (RFC 9728 section 5.1); text of the API. */
      readonly resourceMetadata?: string
    }

/**
 * Reads what an API says of the token that it refused.
 * @param status 401 or 403; the two errors that are told apart belong to one status each
 * @see RFC 9470 section 3 and RFC 6750 section 3.1
 */
export function readRefusal(status: number, header: string): ApiRefusal {
  const challenges = readChallenges(header).filter(({ scheme }) => TOKEN_SCHEMES.includes(scheme))
  const saying = (error: string): Challenge | undefined =>
    challenges.find(({ parameters }) => parameters.get('error') === error)
  const stepUp = status === 401 ? saying('insufficient_user_authentication') : undefined
  if (stepUp) return { reason: 'step-up', requirement: requirementOf(stepUp) }
  const scope = status === 403 ? saying('insufficient_scope') : undefined
  if (scope) return { reason: 'scope', scope: scopeOf(scope.parameters.get('scope')) }
  const resourceMetadata = challenges
    .map(({ parameters }) => parameters.get('resource_metadata'))
    .find((url) => url !== undefined)
  return { reason: 'other', ...(resourceMetadata === undefined ? {} : { resourceMetadata }) }
}

function requirementOf({ parameters }: Challenge): StepUpRequirement {
  const acrValues = words(parameters.get('acr_values'), MOST_ACR_VALUES, LONGEST_ACR_VALUE)
  const maxAge = parameters.get('max_age') ?? ''
  return {
    ...(acrValues.length === 0 ? {} : { acrValues }),
    ...(/^\d{1,10}$/.test(maxAge) ? { maxAge: Number(maxAge) } : {}),
  }
}

/** Scope tokens (RFC 6749 section 3.3) of untrusted text or, in metadata, of an untrusted list. */
export function scopeOf(value: unknown): readonly string[] {
  const text: unknown = Array.isArray(value) ? value.join(' ') : value
  return words(text, MOST_SCOPES, LONGEST_SCOPE).filter((token) => !/["\\]/.test(token))
}

/** Words of printable ASCII. What else a server sends, or is too long or too much, is left out. */
function words(text: unknown, most: number, longest: number): readonly string[] {
  if (typeof text !== 'string') return []
  return text
    .split(' ')
    .filter((word) => word.length <= longest && /^[\x21-\x7e]+$/.test(word))
    .slice(0, most)
}
