import * as oauth from 'oauth4webapi'
import { failure } from './failure.ts'
import type { Secret } from './secret.ts'
import { protocolClient, requestOptions, type Server, type Wire } from './server.ts'
import type { TokenSet } from './tokens.ts'

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
  let oauthError: string | undefined
  try {
    const response = await oauth.revocationRequest(
      metadata,
      protocolClient(client),
      oauth.None(),
      token.reveal(),
      { ...requestOptions(wire), additionalParameters: { token_type_hint: hint } },
    )
    status = response.status
    oauthError = await errorIn(response)
  } catch {
    // reported below
  }
  // Servers whose access tokens are self-contained have nothing to revoke (RFC 7009 section 2.2.1).
  if (token.kind === 'access-token' && oauthError === 'unsupported_token_type') return
  if (status !== 200) {
    throw failure('revocation-failed', 'logout', {
      message: 'The server did not confirm the revocation; the local session is gone all the same',
      status,
      oauthError,
    })
  }
}

async function errorIn(response: Response): Promise<string | undefined> {
  if (response.status !== 400) {
    await response.body?.cancel()
    return undefined
  }
  const body: unknown = await response.json().catch(() => undefined)
  const error =
    typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  return typeof error === 'string' ? error : undefined
}

/**
 * Revokes all of a session: the refresh token first, for it could bring new access tokens. What fails does not keep the others
 * from being revoked.
 * @throws AuthError `revocation-failed`
 */
export async function revokeTokens(
  server: Server,
  {
    refreshToken,
    accessToken,
    further = {},
  }: Pick<TokenSet, 'refreshToken' | 'accessToken' | 'further'>,
  wire: Wire,
): Promise<void> {
  let failed: unknown
  const others = Object.values(further).map((grant) => grant.accessToken)
  for (const token of [refreshToken, accessToken, ...others]) {
    if (token === undefined) continue
    await revokeToken(server, token, wire).catch((error: unknown) => {
      failed ??= error
    })
  }
  if (failed !== undefined) throw failed
}

interface EndSession {
  readonly idToken?: Secret<'id-token'>
  readonly postLogoutRedirectUri: string
  readonly state: string
}

/**
 * Where to send the browser to end the server's session, in the way that the client's `logout` says; `undefined` when there is
 * nowhere. The URL may hold the ID Token: it is for the browser's next hop only.
 */
export function endSessionUrl(server: Server, end: EndSession): string | undefined {
  const { client, metadata } = server
  switch (client.logout) {
    case 'auto':
      return rpInitiatedLogoutUrl(server, end)
    case 'auth0': {
      // Not compared with the registered URL: the query of `returnTo`, so that the state has a place.
      const returnTo = withParameters(end.postLogoutRedirectUri, { state: end.state })
      const { issuer } = client
      const endpoint = `${issuer}${issuer.endsWith('/') ? '' : '/'}v2/logout`
      return withParameters(endpoint, { client_id: client.clientId, returnTo })
    }
    case 'cognito': {
      // On the domain of the sign-in pages, which is not that of the issuer.
      const endpoint = new URL('/logout', metadata.authorization_endpoint).href
      const logoutUri = end.postLogoutRedirectUri
      return withParameters(endpoint, { client_id: client.clientId, logout_uri: logoutUri })
    }
    case 'none':
      return undefined
  }
}

function withParameters(endpoint: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(endpoint)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** OpenID Connect RP-Initiated Logout section 2. */
function rpInitiatedLogoutUrl({ metadata, client }: Server, end: EndSession): string | undefined {
  if (metadata.end_session_endpoint === undefined) return undefined
  const url = new URL(metadata.end_session_endpoint)
  url.searchParams.set('client_id', client.clientId)
  if (end.idToken) url.searchParams.set('id_token_hint', end.idToken.reveal())
  url.searchParams.set('post_logout_redirect_uri', end.postLogoutRedirectUri)
  url.searchParams.set('state', end.state)
  return url.href
}
