import type { interactionPolicy } from 'oidc-provider'

/** How well the login page authenticates a user, as far as it is asked for. */
export const acrValues: readonly string[] = ['silver', 'gold']

/** The best that the login page can do of an `acr_values` parameter. */
export function acrOf(asked: unknown): string | undefined {
  return valuesIn(asked).find((acr) => acrValues.includes(acr))
}

/** Who is asked for a better sign-in than the session's has to sign in again (RFC 9470 section 4). */
export function stepUpPolicy({ base, Check }: typeof interactionPolicy): unknown {
  const policy = base()
  policy.get('login')?.checks.add(
    new Check('acr_values', 'a better sign-in was asked for', ({ oidc }) => {
      const asked = valuesIn(oidc.params?.['acr_values'])
      const canBeMet = acrOf(oidc.params?.['acr_values']) !== undefined
      const isMet = oidc.acr !== undefined && asked.includes(oidc.acr)
      return canBeMet && !isMet ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT
    }),
  )
  return policy
}

function valuesIn(parameter: unknown): readonly string[] {
  return typeof parameter === 'string' ? parameter.split(' ') : []
}
