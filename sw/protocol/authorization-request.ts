import * as oauth from 'oauth4webapi'
import type { LoginParameters } from '../../src/contract/messages.ts'
import { Secret } from './secret.ts'
import type { Server } from './server.ts'
import { signInTargets } from './token-target.ts'

/** One authorization request and what its response will be checked with. */
export interface AuthorizationRequest {
  readonly parameters: URLSearchParams
  readonly state: string
  readonly nonce?: string
  /** Absent when the challenge was given: then somebody else has the verifier. */
  readonly verifier?: Secret<'code-verifier'>
}

/**
 * Makes state, nonce and PKCE verifier, and the request's parameters (OpenID Connect Core section 3.1.2.1, RFC 7636 section 4.3).
 * @param challenge of a verifier that somebody else has
 * @param jkt thumbprint of the key that the code will be bound to (RFC 9449 section 10)
 */
export async function makeAuthorizationRequest(
  { client }: Server,
  redirectUri: string,
  login: LoginParameters,
  challenge?: string,
  jkt?: string,
): Promise<AuthorizationRequest> {
  const state = oauth.generateRandomState()
  const nonce = client.scope.includes('openid') ? oauth.generateRandomNonce() : undefined
  const pkce = challenge === undefined ? await makePkce() : { challenge }
  const wanted: Record<string, string | undefined> = {
    // Only names of `allowedLoginParams` come here; what the guardian sets itself is set after and wins.
    ...login.authorizationParams,
    prompt: login.prompt,
    login_hint: login.loginHint,
    max_age: login.maxAge?.toString(),
    acr_values: login.acrValues?.join(' '),
    ui_locales: login.uiLocales?.join(' '),
    response_type: 'code',
    response_mode: client.responseMode === 'query' ? undefined : client.responseMode,
    client_id: client.clientId,
    redirect_uri: redirectUri,
    scope: client.scope.join(' '),
    state,
    nonce,
    code_challenge: pkce.challenge,
    code_challenge_method: 'S256',
    authorization_details:
      client.authorizationDetails.length === 0
        ? undefined
        : JSON.stringify(client.authorizationDetails),
    dpop_jkt: jkt,
  }
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== undefined) parameters.set(name, value)
  }
  const targets = signInTargets(client)
  for (const name of targets.keys()) parameters.delete(name)
  for (const [name, value] of targets) parameters.append(name, value)
  return {
    parameters,
    state,
    ...(nonce === undefined ? {} : { nonce }),
    ...('verifier' in pkce ? { verifier: pkce.verifier } : {}),
  }
}

/** The authorization endpoint with these parameters; a query of its own stays (RFC 6749 section 3.1). */
export function authorizationUrl({ metadata }: Server, parameters: URLSearchParams): string {
  const url = new URL(metadata.authorization_endpoint ?? '')
  for (const name of parameters.keys()) url.searchParams.delete(name)
  for (const [name, value] of parameters) url.searchParams.append(name, value)
  return url.href
}

/** A PKCE verifier and its S256 challenge (RFC 7636 section 4). */
export async function makePkce(): Promise<{
  readonly verifier: Secret<'code-verifier'>
  readonly challenge: string
}> {
  const verifier = oauth.generateRandomCodeVerifier()
  return {
    verifier: new Secret('code-verifier', verifier),
    challenge: await oauth.calculatePKCECodeChallenge(verifier),
  }
}
