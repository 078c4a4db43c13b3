import * as oauth from 'oauth4webapi'
import { failure } from './failure.ts'
import type { Secret } from './secret.ts'
import { protocolClient, requestOptions, type Server, type Wire } from './server.ts'

/**
 * Revokes a token (RFC 7009 section 2.1). Servers without a revocation endpoint have nothing to do.
 * @throws AuthError `revocation-failed`
 */
export async function revokeToken(
  { metadata, client }: Server,
  token: Secret<'access-token' | 'refresh-token'>,
  wire: Wire,
): Promise<void> {
  if (metadata.revocation_endpoint === undefined) return
  const hint = token.kind === 'refresh-token' ? 'refresh_token' : 'access_token'
  let status: number | undefined
  try {
    const response = await oauth.revocationRequest(
      metadata,
      protocolClient(client),
      oauth.None(),
      token.reveal(),
      { ...requestOptions(wire), additionalParameters: { token_type_hint: hint } },
    )
    status = response.status
    await response.body?.cancel()
  } catch {
    // reported below
  }
  if (status !== 200) {
    throw failure('revocation-failed', 'logout', {
      message: 'The server did not confirm the revocation; the local session is gone all the same',
      status,
    })
  }
}

interface EndSession {
  readonly idToken?: Secret<'id-token'>
  readonly postLogoutRedirectUri: string
  readonly state: string
}

/**
 * Where to send the browser to end the server's session (OpenID Connect RP-Initiated Logout section 2), or `undefined`
 * when the server has no such endpoint. The URL holds the ID Token: it is for the browser's next hop only.
 */
export function endSessionUrl({ metadata, client }: Server, end: EndSession): string | undefined {
  if (metadata.end_session_endpoint === undefined) return undefined
  const url = new URL(metadata.end_session_endpoint)
  url.searchParams.set('client_id', client.clientId)
  if (end.idToken) url.searchParams.set('id_token_hint', end.idToken.reveal())
  url.searchParams.set('post_logout_redirect_uri', end.postLogoutRedirectUri)
  url.searchParams.set('state', end.state)
  return url.href
}
