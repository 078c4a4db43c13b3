import { LANDING_FRAGMENT } from '../../src/contract/messages.ts'
import { failure } from '../protocol/failure.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * The absolute URL to land on, with an explicit fragment that is not empty: without one the browser would hand on the
 * fragment of an authorization response.
 * @param input from a page: absolute or relative to the app's start page; left out, it is the start page
 * @param appOrigin in a vault, the app whose start page that is
 * @throws AuthError `invalid-return-to`
 */
export function landingUrl(
  input: string | undefined,
  { origin, returnOrigins, home: defaultHome, config }: Surroundings,
  appOrigin?: string,
): string {
  const home = appOrigin === undefined ? defaultHome : `${appOrigin}/`
  const url = parse(input ?? home, home)
  const own = [
    config.loginPath,
    config.logoutPath,
    ...config.clients.map(({ redirectPath }) => redirectPath),
  ]
  // The text decides: `origin` of a blob URL is that of its inner URL, and credentials come before the host.
  const isAllowed = returnOrigins.some((allowed) => url?.href.startsWith(`${allowed}/`))
  if (!url || !isAllowed || (url.origin === origin && own.includes(url.pathname))) {
    throw failure('invalid-return-to', 'request', {
      message: `returnTo must be a URL of ${returnOrigins.join(' or ')}, and not one of the guardian's own paths`,
    })
  }
  if (url.hash.length < 2) url.hash = LANDING_FRAGMENT
  return url.href
}

/** The same for a URL that was checked before and stored: whatever is wrong with it now leads to the start page. */
export function storedLandingUrl(input: string | undefined, surroundings: Surroundings): string {
  try {
    return landingUrl(input, surroundings)
  } catch {
    return landingUrl(undefined, surroundings)
  }
}

function parse(input: string, base: string): URL | undefined {
  // Browsers read a backslash as a slash and drop control characters: what needs that is not an honest URL.
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f\\]/.test(input)) return undefined
  try {
    return new URL(input, base)
  } catch {
    return undefined
  }
}
