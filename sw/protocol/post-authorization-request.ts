import * as oauth from 'oauth4webapi'
import { authorizationUrl } from './authorization-request.ts'
import { failure } from './failure.ts'
import { isPushed, unsupported } from './refuse-unsupported.ts'
import { requestOptions, type Server, type Wire } from './server.ts'

/**
 * Sends an authorization request by POST, its parameters in the query, to a server that then mails the user a link and answers
 * without content. Sends one request, which is not repeated.
 * @throws AuthError `login-link-refused`, `login-link-unreachable`, `request-unsupported`
 */
export async function postAuthorizationRequest(
  server: Server,
  parameters: URLSearchParams,
  wire: Wire,
): Promise<void> {
  if (isPushed(server)) {
    throw unsupported(`${server.client.issuer} wants pushed requests, which no login link has`)
  }
  const { [oauth.customFetch]: send, signal } = requestOptions(wire)
  const init = { method: 'POST', redirect: 'manual', signal }
  const response = await send(authorizationUrl(server, parameters), init).catch(() => {
    throw unreachable()
  })
  const { status } = response
  if (status >= 500) throw unreachable(status)
  // A page is for a user to look at: the server went on with a sign-in of the usual kind.
  const isPage = response.headers.get('content-type')?.startsWith('text/html') === true
  if (!response.ok || isPage) throw refused(status, await errorOf(response))
  await response.body?.cancel()
}

async function errorOf(response: Response): Promise<string | undefined> {
  try {
    const error = ((await response.json()) as { error?: unknown } | null)?.error
    return typeof error === 'string' ? error : undefined
  } catch {
    return undefined
  }
}

function refused(status: number, oauthError: string | undefined): Error {
  return failure('login-link-refused', 'authorization', {
    message:
      'The server did not take the request to send a login link; check client id, redirect URI, and that it mails links',
    status,
    oauthError,
  })
}

function unreachable(status?: number): Error {
  return failure('login-link-unreachable', 'authorization', {
    message:
      'The authorization endpoint did not answer the request to send a login link, or does not allow this origin by CORS',
    status,
  })
}
