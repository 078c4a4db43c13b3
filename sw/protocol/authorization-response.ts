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

const ADVICE: Readonly<Record<string, string>> = {
  invalid_request: 'Compare the redirect URI with the registration, and check that it takes PKCE',
  invalid_scope: "Compare `scope` of the client's configuration with what it may ask for",
  unauthorized_client: 'Let the server allow the authorization code flow for this client',
  unsupported_response_type: 'Let the server allow the authorization code flow for this client',
  invalid_target: 'The server does not know a `resource` of the configuration',
  server_error: 'The server failed; try again later',
  temporarily_unavailable: 'The server is busy; try again later',
}

/** What was known when the request was made: the check needs no metadata and thereby no network. */
export interface ExpectedResponse {
  readonly client: ParsedClient
  readonly issuerPromised: boolean
}

/**
 * Checks an authorization response: state, issuer (RFC 9207 section 2.4), repeated parameters, error, code.
 * Sends nothing. The result is what {@link exchangeCode} takes.
 * @throws AuthError `issuer-mismatch`, `invalid-response`, `implicit-flow`, `access-denied`, `login-required`, `authorization-failed`
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
  refuseImplicit(response)
  // RFC 6749 section 3.1: no parameter is repeated.
  if (new Set(names).size < names.length) throw malformed()
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

/**
 * A token here is of a flow that was not asked for.
 * @throws AuthError `implicit-flow`
 */
export function refuseImplicit(response: URLSearchParams): void {
  if (!response.has('access_token')) return
  throw failure('implicit-flow', 'authorization', {
    message:
      'The server sent a token in the URL (implicit flow), although a code was asked for. It was not used: tokens in URLs leak. Let the server allow the authorization code flow with PKCE for this client, and the implicit flow no more',
  })
}

/** The error of a response, with its code. */
export function refusal(oauthError: string): Error {
  const [code, message] = meaningOf(oauthError)
  return failure(code, 'authorization', { message, oauthError })
}

function meaningOf(oauthError: string): readonly [AuthErrorCode, string] {
  if (oauthError === 'access_denied') {
    return [
      'access-denied',
      'The user, or a rule of the server, denied the sign-in. Nothing was stored; offer it again',
    ]
  }
  if (USER_NEEDED.includes(oauthError)) {
    return [
      'login-required',
      "The server needs to see the user: sign in again without prompt: 'none'",
    ]
  }
  return [
    'authorization-failed',
    `The server refused the sign-in; see \`oauthError\`. ${ADVICE[oauthError] ?? 'Its log says more'}`,
  ]
}

export function malformed(): Error {
  return failure('invalid-response', 'authorization', {
    message: 'The authorization response is malformed; it was not used',
  })
}
