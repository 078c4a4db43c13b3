/**
 * Takes an authorization request through the login page to the redirect URI, as a browser would.
 * @returns the URL of the authorization response
 */
export async function signInByHand(request: string, redirectUri: string): Promise<URL> {
  const cookies = new Map<string, string>()
  let next = request
  while (!next.startsWith(redirectUri)) {
    const isLogin = new URL(next).pathname.startsWith('/interaction/')
    const form = new URLSearchParams({ username: 'alice', password: 'any', do: 'sign-in' })
    const response = await fetch(next, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(isLogin ? { method: 'POST', body: form } : {}),
    })
    await response.body?.cancel()
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`${new URL(next).pathname} answered ${response.status}`)
    next = new URL(location, next).href
  }
  return new URL(next)
}
