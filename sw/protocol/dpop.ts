import * as oauth from 'oauth4webapi'
import type { AuthErrorPhase } from '../../src/contract/errors.ts'
import { failure } from './failure.ts'
import type { ProofKey } from './proof-key.ts'
import type { Secret } from './secret.ts'
import type { Server } from './server.ts'

/**
 * Whether tokens of a new sign-in are bound to a key (RFC 9449), by configuration and metadata (section 5.1).
 * @throws AuthError `dpop-unsupported`
 */
export function usesDpop({ client, metadata }: Server): boolean {
  if (client.dpop === 'never') return false
  const algorithms: unknown = metadata.dpop_signing_alg_values_supported
  const isListed = Array.isArray(algorithms) && algorithms.includes('ES256')
  if (client.dpop === 'auto' || isListed) return isListed
  // Metadata of the configuration may be as short as its author liked.
  if (client.metadata !== undefined && algorithms === undefined) return true
  throw failure('dpop-unsupported', 'discovery', {
    message: `dpop is 'required', but the metadata of ${metadata.issuer} does not list ES256 in dpop_signing_alg_values_supported`,
  })
}

/**
 * Sends a token request, with a proof if there is a key, and a second time if the server answers the first that it wants its
 * nonce in the proof (RFC 9449 section 8). That answer says that neither code nor refresh token was used.
 * @param send sends the request; called at most twice
 * @throws AuthError `dpop-nonce-unreadable`, and what `send` throws
 */
export async function sendWithProof(
  { metadata, nonces }: Server,
  key: ProofKey | undefined,
  phase: 'exchange' | 'refresh',
  send: (options: oauth.DPoPRequestOptions) => Promise<Response>,
): Promise<Response> {
  if (key === undefined) return send({})
  const url = metadata.token_endpoint ?? ''
  const attempt = (): Promise<Response> => send({ DPoP: key.signer(nonces.of(url)) })
  const response = await attempt()
  const hasNonce = nonces.remember(url, response)
  if (!(await wantsNonce(response))) return response
  if (!hasNonce) throw nonceUnreadable(phase, response.status)
  const second = await attempt()
  nonces.remember(url, second)
  return second
}

/** The wish for a nonce was readable, the nonce was not: asking again would change nothing. */
export function nonceUnreadable(phase: AuthErrorPhase, status: number): Error {
  return failure('dpop-nonce-unreadable', phase, {
    message:
      'A server wants a DPoP nonce that cannot be read; it must send it with Access-Control-Expose-Headers: DPoP-Nonce',
    status,
  })
}

async function wantsNonce(response: Response): Promise<boolean> {
  // Section 8 has 400; with 401 the same words mean the same.
  if (response.status !== 400 && response.status !== 401) return false
  try {
    const body = (await response.clone().json()) as { error?: unknown } | null
    return body?.error === 'use_dpop_nonce'
  } catch {
    return false
  }
}

/** `Authorization` and `DPoP` of one API request (RFC 9449 section 7.1). Good for that method and URL, once. */
export async function proofHeaders(
  key: ProofKey,
  accessToken: Secret<'access-token'>,
  { method, url }: { readonly method: string; readonly url: string },
  nonce: string | undefined,
): Promise<Record<string, string>> {
  let headers: Record<string, string> = {}
  // The library makes proofs for requests that it sends. Its own copies less of a request than the guardian does, so it goes nowhere.
  await oauth.protectedResourceRequest(
    accessToken.reveal(),
    method,
    new URL(url),
    undefined,
    undefined,
    {
      DPoP: key.signer(nonce),
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: (_url, init) => {
        headers = init.headers
        return Promise.resolve(new Response())
      },
    },
  )
  const { authorization = '', dpop = '' } = headers
  return { authorization, dpop }
}
