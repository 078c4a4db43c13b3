import * as oauth from 'oauth4webapi'
import type { AuthErrorCode } from '../../src/contract/errors.ts'
import { failure } from './failure.ts'
import type { ParsedClient } from '../../src/contract/config.ts'
import { protocolClient } from './server.ts'

const USER_NEEDED = [
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
]

/** What was known when the request was made: the check needs no metadata and thereby no network. */
export interface ExpectedResponse {
  readonly client: ParsedClient
  readonly issuerPromised: boolean
}

/**
 * Checks an authorization response: state, issuer (RFC 9207 section 2.4), repeated parameters, error, code.
 * Sends nothing. The result is what {@link exchangeCode} takes.
 * @throws AuthError `issuer-mismatch`, `invalid-response`, `access-denied`, `login-required`, `authorization-failed`
 */
export function checkAuthorizationResponse(
  { client, issuerPromised }: ExpectedResponse,
  response: URLSearchParams,
  state: string,
): URLSearchParams {
  const issuers = response.getAll('iss')
  if (issuers.some((iss) => iss !== client.issuer) || (issuers.length === 0 && issuerPromised)) {
    throw failure('issuer-mismatch', 'authorization', {
      message: `The response does not name ${client.issuer} as its issuer; it was not used`,
    })
  }
  const names = [...response.keys()]
  // RFC 6749 section 3.1: no parameter is repeated. And a token here is of a flow that was not asked for.
  if (new Set(names).size < names.length || names.includes('access_token')) throw malformed()
  let checked: URLSearchParams
  try {
    checked = oauth.validateAuthResponse(
      { issuer: client.issuer },
      protocolClient(client),
      response,
      state,
    )
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError) throw refusal(error.error)
    throw malformed()
  }
  if (!checked.get('code')) throw malformed()
  return checked
}

/** The error of a response, with its code. */
export function refusal(oauthError: string): Error {
  let code: AuthErrorCode = 'authorization-failed'
  if (oauthError === 'access_denied') code = 'access-denied'
  else if (USER_NEEDED.includes(oauthError)) code = 'login-required'
  return failure(code, 'authorization', {
    message: 'The authorization server answered the sign-in with an error; see `oauthError`',
    oauthError,
  })
}

export function malformed(): Error {
  return failure('invalid-response', 'authorization', {
    message: 'The authorization response is malformed; it was not used',
  })
}
