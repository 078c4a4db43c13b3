import type { TokenEndpointResponse } from 'oauth4webapi'
import { isAuthorizationDetail } from '../../src/contract/parse-authorization-details.ts'
import type { AuthorizationDetail } from '../../src/contract/session.ts'

/** Characters of JSON. What is longer is no description of a grant for a page to show. */
const MOST_CHARACTERS = 16_384

/**
 * The authorization details that a token response says were granted (RFC 9396 section 7): text of the server, for a page to see.
 * `undefined` when it says nothing, or nothing that a page may see: no list of JSON objects with a type, too much, or one of the
 * tokens is in it.
 */
export function grantedDetails(
  tokens: TokenEndpointResponse,
): readonly AuthorizationDetail[] | undefined {
  const details: unknown = tokens.authorization_details
  if (!Array.isArray(details) || !details.every(isAuthorizationDetail)) return undefined
  const text = JSON.stringify(details)
  const { access_token, refresh_token, id_token } = tokens
  const isLeaky = [access_token, refresh_token, id_token].some(
    (token) => token !== undefined && text.includes(JSON.stringify(token).slice(1, -1)),
  )
  return isLeaky || text.length > MOST_CHARACTERS ? undefined : details
}
