/** What is left of a page's request to be sent again: bodies are streams, and what was sent is used up. */
export class Spare {
  readonly #request: Request | undefined
  readonly #limitBytes: number

  /**
   * To be made before the body is used; a body that is a Blob or a buffer is not copied by it.
   * @param limitBytes largest body that is sent again; 0 for none
   */
  constructor(request: Request, limitBytes: number) {
    this.#limitBytes = limitBytes
    if (hasNoBody(request)) this.#request = request
    // Who looks at `body` makes a stream of it, which WebKit sends with no request that has `keepalive`, such as a beacon.
    else if (limitBytes > 0) this.#request = request.clone()
    else if (request.body === null) this.#request = request
  }

  /** The request once more, as often as it is asked for; `undefined` when it must not be sent again. */
  async take(): Promise<Request | undefined> {
    const request = this.#request
    if (request === undefined || hasNoBody(request)) return request
    const { size } = await request.clone().blob()
    return size <= this.#limitBytes ? request.clone() : undefined
  }

  drop(): void {
    this.#request?.body?.cancel().catch(() => undefined)
  }
}

function hasNoBody({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD'
}

/**
 * What an element asks for without CORS rules, which leave no room for a token, is asked for with them. Cookies, which such a
 * request would take along, would need more leave of the API than the token does.
 */
const WITH_CORS_RULES = { mode: 'cors', credentials: 'same-origin' } as const

/**
 * The same request with the page's headers, without those that only the guardian sets, and with the guardian's own. A given
 * `headers` resets the referrer, so it is given again.
 */
export function copyWithHeaders(
  request: Request,
  own: Readonly<Record<string, string>>,
  more: Pick<RequestInit, 'redirect'> = {},
): Request {
  const { referrer, referrerPolicy, mode } = request
  const headers = pageHeaders(request)
  for (const [name, value] of Object.entries(own)) headers.set(name, value)
  const rules = mode === 'no-cors' ? WITH_CORS_RULES : {}
  return new Request(request, { headers, referrer, referrerPolicy, ...rules, ...more })
}

/** Headers by which some servers take another method or path than those of the request, behind the back of what was matched. */
export const MEANS_ANOTHER = /^(x-http-method|.*method-override|x-(original|rewrite)-url)$/i

function pageHeaders(request: Request): Headers {
  const headers = new Headers(request.headers)
  for (const [name] of request.headers) if (MEANS_ANOTHER.test(name)) headers.delete(name)
  headers.delete('authorization')
  headers.delete('dpop')
  // WebKit lists the headers that it adds to media and to event streams, which would have to be allowed by the API's CORS.
  headers.delete('icy-metadata')
  if (headers.get('accept') === 'text/event-stream') headers.delete('cache-control')
  return headers
}
