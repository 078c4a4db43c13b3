import { createHash, randomBytes } from 'node:crypto'

import { signInByHand } from '../servers/sign-in-by-hand.ts'

/** Gets an access token as an app without a guardian would: a code flow, here without a browser. */
export async function tokenByHand(issuer: string, redirectUri: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url')
  const parameters = {
    client_id: 'demo',
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid api:read',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
  const request = `${issuer}/auth?${new URLSearchParams(parameters)}`
  const response = await signInByHand(request, redirectUri)
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: 'demo',
      code: response.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
  })
  const { access_token: token } = (await answer.json()) as { access_token?: string }
  if (token === undefined) throw new Error(`/token answered ${answer.status}`)
  return token
}
