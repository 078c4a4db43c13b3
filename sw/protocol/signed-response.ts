import * as oauth from 'oauth4webapi'
import { malformed, refusal } from './authorization-response.ts'
import { isWrongSignature } from './check-id-token.ts'
import { failure } from './failure.ts'
import { protocolClient, requestOptions, type Server, type Wire } from './server.ts'
import { isKeySelection, withFreshKeys } from './with-fresh-keys.ts'

/** What a signed response has inside, and never beside it. */
const INSIDE = ['code', 'state', 'error']
const TOKENS = ['access_token', 'id_token']

/** Whether a response is, or pretends to be, a signed one (JARM section 2.3). */
export function isSignedResponse(response: URLSearchParams): boolean {
  return response.has('response') && !INSIDE.some((name) => response.has(name))
}

/** The states in a signed response, as anybody may have written them: nothing is verified here. */
export function statesIn(response: URLSearchParams): string[] {
  return response.getAll('response').flatMap((jwt) => {
    const { state } = payloadOf(jwt) ?? {}
    return typeof state === 'string' ? [state] : []
  })
}

function payloadOf(jwt: string): { readonly state?: unknown } | undefined {
  try {
    const text = atob((jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))
    const payload: unknown = JSON.parse(text)
    return typeof payload === 'object' && payload !== null ? payload : undefined
  } catch {
    return undefined
  }
}

/**
 * Checks a signed authorization response (JARM section 2.4): signature by the server's keys, algorithm, issuer, audience, expiry,
 * then what a plain one is checked for. May load keys. The result is what {@link exchangeCode} takes.
 * @throws AuthError `invalid-signed-response`, `issuer-mismatch`, `key-not-found`, `metadata-unreachable`, `invalid-response`,
 * `access-denied`, `login-required`, `authorization-failed`
 */
export async function checkSignedResponse(
  server: Server,
  response: URLSearchParams,
  state: string,
  wire: Wire,
): Promise<URLSearchParams> {
  // A token is of a flow that was not asked for, whatever the signed part says.
  if (TOKENS.some((name) => response.has(name))) throw malformed()
  let checked: URLSearchParams
  let keysLoaded = true
  try {
    checked = await withFreshKeys(server, wire, (metadata, watched) =>
      oauth.validateJwtAuthResponse(metadata, protocolClient(server.client), response, state, {
        ...requestOptions({
          ...watched,
          fetch: async (url, init) => {
            keysLoaded = false
            const answer = await watched.fetch(url, init)
            keysLoaded = answer.ok
            return answer
          },
        }),
      }),
    )
  } catch (error) {
    if (!keysLoaded) {
      throw failure('metadata-unreachable', 'authorization', {
        message: `The keys of ${server.client.issuer} could not be loaded; check its CORS`,
      })
    }
    throw reasonOf(error, server)
  }
  if (!checked.get('code')) throw malformed()
  return checked
}

function reasonOf(error: unknown, { client: { issuer } }: Server): Error {
  if (error instanceof oauth.AuthorizationResponseError) return refusal(error.error)
  const invalid = (what: string): Error =>
    failure('invalid-signed-response', 'authorization', {
      message: `The signed authorization response ${what}; it was not used`,
    })
  if (isKeySelection(error)) {
    return failure('key-not-found', 'authorization', {
      message: `No key in the JWKS of ${issuer} fits the signed authorization response`,
    })
  }
  if (isWrongSignature(error)) return invalid(`was not signed by ${issuer}`)
  if (error instanceof oauth.UnsupportedOperationError)
    return invalid('is signed as it must not be')
  if (error instanceof oauth.OperationProcessingError) {
    const { claim, header } = (error.cause ?? {}) as { claim?: unknown; header?: unknown }
    if (error.code === oauth.JWT_TIMESTAMP_CHECK) return invalid('is out of time; check the clocks')
    if (error.code === oauth.JWT_CLAIM_COMPARISON && claim === 'iss') {
      return failure('issuer-mismatch', 'authorization', {
        message: `The signed response is not of ${issuer}; it was not used`,
      })
    }
    if (error.code === oauth.JWT_CLAIM_COMPARISON) return invalid('is for another client')
    if (header !== undefined) return invalid('is signed as it must not be')
  }
  return invalid('is not one')
}
