/** The sign-in that an API asks for (RFC 9470 section 3). Both values are text of the API, parsed and bounded. */
export interface StepUpRequirement {
  /** Acceptable authentication context class references, in order of preference. */
  readonly acrValues?: readonly string[]
  /** Seconds that the last active sign-in of the user may lie in the past. */
  readonly maxAge?: number
}

/** An API wants a stronger sign-in than the session's. Call `loginWithPopup` or `loginWithRedirect` with the two values. */
export interface StepUp extends StepUpRequirement {
  /** The configured resource that asks: `https://api.example.com/v1/`. */
  readonly resource: string
  /** Name of the client whose session is too weak. */
  readonly client: string
  /** Sign-ins in a row that asked for just this, were completed, and still were not enough. */
  readonly attempts: number
}

/** Values that are longer, or more, are not passed on. */
export const MOST_ACR_VALUES = 32
export const LONGEST_ACR_VALUE = 256

export function isStepUp(value: unknown): value is StepUp {
  if (typeof value !== 'object' || value === null) return false
  const { acrValues, maxAge, resource, client, attempts } = value as Partial<StepUp>
  return (
    (acrValues === undefined || (Array.isArray(acrValues) && acrValues.every(isText))) &&
    (maxAge === undefined || Number.isSafeInteger(maxAge)) &&
    isText(resource) &&
    isText(client) &&
    Number.isSafeInteger(attempts)
  )
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}
