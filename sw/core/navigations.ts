import type { ResponseMode } from '../../src/contract/config.ts'
import type { GuardianCore } from './guardian-core.ts'
import { isSignedResponse } from '../protocol/signed-response.ts'
import { readCarried } from './hand-over.ts'

/** The navigations that the guardian answers itself, by their exact path. */
export type NavigationKind = 'login' | 'logout' | 'callback'

/** Which of the guardian's own paths a URL of its origin is, if any. */
export function navigationKind(
  url: URL,
  { config, origin }: GuardianCore['surroundings'],
): NavigationKind | undefined {
  if (url.origin !== origin) return undefined
  if (url.pathname === config.loginPath) return 'login'
  if (url.pathname === config.logoutPath) return 'logout'
  return config.clients.some(({ redirectPath }) => redirectPath === url.pathname)
    ? 'callback'
    : undefined
}

/**
 * Where to redirect a top-level navigation to one of the guardian's paths.
 * @param body of a POST (OAuth 2.0 Form Post Response Mode section 2)
 * @param waitUntil keeps the worker alive for what goes on behind the redirect
 */
export async function answerNavigation(
  core: GuardianCore,
  kind: NavigationKind,
  url: URL,
  body: URLSearchParams | undefined,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<string> {
  if (kind === 'callback') {
    const redirectUri = url.origin + url.pathname
    return core.completion.finish({ ...delivered(url, body), redirectUri }, waitUntil)
  }
  const errand = url.searchParams.get('request')
  const carried = readCarried(url.searchParams.get('carry'))
  if (kind === 'login') return core.signIn.start(errand ?? '', carried)
  return errand === null
    ? core.signOut.finish(url.searchParams)
    : core.signOut.start(errand, carried)
}

function delivered(
  url: URL,
  body: URLSearchParams | undefined,
): { parameters: URLSearchParams; mode: ResponseMode } {
  if (body) return { parameters: body, mode: modeOf('form_post', body) }
  // Only what holds a response counts as one: `?state` in the query wins over any fragment.
  if (url.search.length > 1) {
    return { parameters: url.searchParams, mode: modeOf('query', url.searchParams) }
  }
  const parameters = new URLSearchParams(url.hash.slice(1))
  return { parameters, mode: modeOf('fragment', parameters) }
}

function modeOf(way: 'query' | 'fragment' | 'form_post', response: URLSearchParams): ResponseMode {
  return isSignedResponse(response) ? `${way}.jwt` : way
}
