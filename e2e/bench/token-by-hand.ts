import { createHash, randomBytes } from 'node:crypto'

/** Gets an access token as an app without a guardian would: a code flow, here without a browser. */
export async function tokenByHand(issuer: string, redirectUri: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url')
  const cookies = new Map<string, string>()
  const parameters = {
    client_id: 'demo',
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid api:read',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
  let next = `${issuer}/auth?${new URLSearchParams(parameters)}`
  while (!next.startsWith(redirectUri)) {
    const isLogin = new URL(next).pathname.startsWith('/interaction/')
    const form = new URLSearchParams({ username: 'bench', password: 'bench', do: 'sign-in' })
    const response = await fetch(next, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(isLogin ? { method: 'POST', body: form } : {}),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`${new URL(next).pathname} answered ${response.status}`)
    next = new URL(location, next).href
  }
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: 'demo',
      code: new URL(next).searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
  })
  const { access_token: token } = (await answer.json()) as { access_token?: string }
  if (token === undefined) throw new Error(`/token answered ${answer.status}`)
  return token
}
