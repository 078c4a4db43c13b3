import { pageHeaders } from './page-headers.ts'

/** Milliseconds in which the browser comes for the response that it was redirected to. */
const LIFETIME_MS = 10_000
const PREFIX = '#token-guardian-'
/** Headers and types that need no preflight (Fetch, CORS-safelisted request-header). */
const SAFE_HEADERS = ['accept', 'accept-language', 'content-language', 'content-type', 'range']
const SAFE_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']

/**
 * A response made by a worker has the URL of its request. When the API redirected, the page should see the final URL, so the
 * browser is redirected as well: it comes back for the final URL at once, and gets the response that waits for it.
 */
export class RedirectedResponses {
  readonly #origin: string
  readonly #waiting = new Map<string, Response>()

  /** @param origin of the app, for the CORS check that WebKit makes on the redirect */
  constructor(origin: string) {
    this.#origin = origin
  }

  /**
   * The response itself, or the redirect to it.
   * @param finalUrl where the API's redirects led
   */
  show(request: Request, response: Response, finalUrl: string): Response {
    // WebKit asks the API for leave before it follows a redirect with such headers; then the URL stays the first one.
    if (!isSafelisted(request)) return response
    const id = PREFIX + crypto.randomUUID()
    this.#waiting.set(id, response)
    setTimeout(() => {
      if (this.#waiting.delete(id)) response.body?.cancel().catch(() => undefined)
    }, LIFETIME_MS)
    return new Response(null, {
      status: 303,
      headers: {
        location: finalUrl + id,
        'access-control-allow-origin': this.#origin,
        'access-control-allow-credentials': 'true',
      },
    })
  }

  /** The response that waits for this request, once. Nobody can guess the fragment, and pages do not see it. */
  take({ url }: Request): Response | undefined {
    const start = url.lastIndexOf(PREFIX)
    if (start < 0) return undefined
    const id = url.slice(start)
    const response = this.#waiting.get(id)
    this.#waiting.delete(id)
    return response
  }
}

function isSafelisted(request: Request): boolean {
  return pageHeaders(request).every(
    ([name, value]) =>
      SAFE_HEADERS.includes(name) &&
      (name !== 'content-type' || SAFE_TYPES.includes(value.split(';')[0]?.trim() ?? '')),
  )
}
