import type { ParsedClient } from '../../src/contract/config.ts'

/** For which APIs a token is wanted: `resource`, repeated (RFC 8707 section 2), and `audience`, which some servers have instead. */
export function targetParameters({ resourceIndicators, audience }: ParsedClient): URLSearchParams {
  const parameters = new URLSearchParams()
  for (const resource of resourceIndicators) parameters.append('resource', resource)
  if (audience !== undefined) parameters.set('audience', audience)
  return parameters
}
