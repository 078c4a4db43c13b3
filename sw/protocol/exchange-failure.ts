import { failure } from './failure.ts'
import type { Server, Wire } from './server.ts'

/** Milliseconds for finding out why there was no answer; the user waits for it. */
const LOOK_MS = 3000

/** Errors by which servers want a secret, or say that they do not know the client. */
const CLIENT_REFUSED = ['invalid_client', 'unauthorized_client']
const AGAIN = 'The code is spent: sign in again'

/**
 * Why a token request got no answer, as far as a browser lets a script know: to `fetch`, an answer that CORS withholds looks like
 * a network without a server. What tells them apart is a request that asks for nothing: the endpoint answers it to everyone, or
 * to nobody.
 * @param redirectUri that of the request; its origin is the guardian's
 */
export async function unanswered(
  server: Server,
  redirectUri: string,
  error: unknown,
  wire: Wire,
): Promise<Error> {
  // A deadline that passed says enough.
  if (!(error instanceof TypeError)) return unreachable(server)
  const url = server.metadata.token_endpoint ?? ''
  const [isThere, isReadable] = await Promise.all([
    isAnswered(url, 'no-cors', wire),
    isAnswered(url, 'cors', wire),
  ])
  if (!isThere || isReadable) return unreachable(server)
  const { origin } = new URL(redirectUri)
  return failure('exchange-cors', 'exchange', {
    message: `${url} is there, but does not let ${origin} read its answers: it must send \`Access-Control-Allow-Origin: ${origin}\` (CORS), which many services have a setting for. One that has not cannot serve an app without a backend. ${AGAIN}`,
  })
}

/** Nothing of the sign-in is in the request, and nothing of the answer is read. */
async function isAnswered(url: string, mode: RequestMode, wire: Wire): Promise<boolean> {
  try {
    await wire.fetch(url, {
      method: 'HEAD',
      mode,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      signal: AbortSignal.timeout(LOOK_MS),
    })
    return true
  } catch {
    return false
  }
}

export function unreachable({ metadata, client }: Server, status?: number): Error {
  const url = metadata.token_endpoint ?? ''
  const check =
    client.dpop === 'never'
      ? 'check the network, and that the Content-Security-Policy of the guardian allows it'
      : 'check the network, that the Content-Security-Policy of the guardian allows it, and that its CORS allows the request header DPoP'
  return failure('exchange-unreachable', 'exchange', {
    message:
      status === undefined
        ? `${url} did not answer: ${check}. ${AGAIN}`
        : `${url} answered with ${status}; see its log. ${AGAIN}`,
    status,
  })
}

/** What the token endpoint's refusal means for this client, and what to compare. */
export function refused(
  { client: { clientId } }: Server,
  redirectUri: string,
  status: number,
  oauthError?: string,
): Error {
  return failure('exchange-refused', 'exchange', {
    message: `The token endpoint refused the code: ${reason(clientId, redirectUri, status, oauthError)}`,
    status,
    oauthError,
  })
}

function reason(
  clientId: string,
  redirectUri: string,
  status: number,
  oauthError: string | undefined,
): string {
  if (status === 401 || CLIENT_REFUSED.includes(oauthError ?? '')) {
    return `it does not know the client '${clientId}', or wants a secret of it, which a browser cannot keep. Register it as a public client (single-page app) for the authorization code flow with PKCE. A service without public clients needs a backend`
  }
  if (oauthError === 'unsupported_grant_type') {
    return `it does not allow the authorization code flow for the client '${clientId}'; switch it on there, with PKCE`
  }
  if (oauthError === 'invalid_grant' || oauthError === 'redirect_uri_mismatch') {
    return `it was used before, is too old, or was issued to another client, verifier or redirect URI. Register exactly '${redirectUri}' for '${clientId}', and let nothing but the guardian use its codes`
  }
  return `see \`oauthError\`. Compare the client id '${clientId}' and the redirect URI '${redirectUri}' with the registration, to the letter, and check that it is a public client, without a secret`
}
