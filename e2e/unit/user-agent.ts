/** An authorization response, where a browser would bring it. */
export interface Arrived {
  readonly url: URL
  /** Of a form that the server's page posts. */
  readonly body?: URLSearchParams
}

const MOST_HOPS = 12

/** As much of a browser as a sign-in at the authorization server of the tests needs: redirects, cookies, forms. */
export class UserAgent {
  readonly #cookies = new Map<string, string>()

  /** Goes through the server's pages as `alice` until it answers at the redirect URI. */
  async signIn(url: string, redirectUri: string): Promise<Arrived> {
    let next = url
    let form: URLSearchParams | undefined
    for (let hop = 0; hop < MOST_HOPS; hop += 1) {
      const response = await this.#request(next, form)
      const location = response.headers.get('location')
      form = undefined
      if (location !== null) {
        const target = new URL(location, next)
        if (target.origin + target.pathname === redirectUri) return { url: target }
        next = target.href
        continue
      }
      const page = await response.text()
      const action = /<form method="post" action="([^"]+)"/i.exec(page)?.[1]
      if (action === undefined) throw new Error(`No form on the page: ${page.slice(0, 500)}`)
      const target = new URL(action, next)
      if (target.href === redirectUri) return { url: target, body: hiddenFields(page) }
      next = target.href
      form = new URLSearchParams({ username: 'alice', password: 'x', do: 'sign-in' })
    }
    throw new Error('The server redirects without end')
  }

  async #request(url: string, form: URLSearchParams | undefined): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie, accept: 'text/html' },
      ...(form && { method: 'POST', body: form }),
    })
    for (const set of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';')[0] ?? '').split(/=(.*)/s)
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }
}

function hiddenFields(page: string): URLSearchParams {
  const fields = [...page.matchAll(/name="([^"]+)" value="([^"]*)"/g)]
  return new URLSearchParams(fields.map(([, name = '', value = '']) => [name, value]))
}
