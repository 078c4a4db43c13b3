import type { ParsedClient, ParsedTarget } from '../../src/contract/config.ts'
import { targetKey } from '../../src/contract/token-target.ts'

/**
 * For which APIs a sign-in is: `resource`, repeated (RFC 8707 section 2), and `audience`, which some servers have instead.
 */
export function signInTargets({ resourceIndicators, audience }: ParsedClient): URLSearchParams {
  return parameters(resourceIndicators, audience)
}

/**
 * For which API one token is (RFC 8707 section 2.2), and for what of the granted scope (RFC 6749 section 6).
 * @param target left out: the client's own token, which is for the first of its APIs
 */
export function tokenTarget(
  { resourceIndicators, audience }: ParsedClient,
  target?: ParsedTarget,
): URLSearchParams {
  const resource = target === undefined ? resourceIndicators[0] : target.resource
  const wanted = parameters(resource === undefined ? [] : [resource], audience)
  if (target?.scope) wanted.set('scope', target.scope.join(' '))
  return wanted
}

/** What the client's own token is kept as. */
export function ownTarget({ resourceIndicators: [first] }: ParsedClient): { target?: string } {
  return first === undefined ? {} : { target: targetKey(first) }
}

function parameters(resources: readonly string[], audience: string | undefined): URLSearchParams {
  const all = new URLSearchParams()
  for (const resource of resources) all.append('resource', resource)
  if (audience !== undefined) all.set('audience', audience)
  return all
}
