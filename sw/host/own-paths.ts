import {
  CONTRACT_VERSION,
  LANDING_FRAGMENT,
  PROBE_HEADER,
  PROBE_QUERY,
} from '../../src/contract/messages.ts'
import type { GuardianCore } from '../core/guardian-core.ts'
import { answerNavigation, navigationKind, type NavigationKind } from '../core/navigations.ts'

const HEADERS = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }

/** Largest form_post body that is read, in bytes. */
const LARGEST_BODY = 64 * 1024

/** Which of the guardian's own paths a request is for, if any. */
export function ownPath(
  { surroundings }: GuardianCore,
  request: Request,
): NavigationKind | 'probe' | undefined {
  const { origin, config } = surroundings
  if (request.mode === 'navigate') return navigationKind(new URL(request.url), surroundings)
  return isProbe(request, origin, config.loginPath) ? 'probe' : undefined
}

/** Whether a page asks if its fetches come here. */
export function isProbe({ url, method }: Request, origin: string, loginPath: string): boolean {
  return method === 'GET' && url === origin + loginPath + PROBE_QUERY
}

/**
 * Answers a navigation to the login path, logout path or redirect URI. Always a redirect to a URL with an explicit
 * fragment, or 204: an error page would show the URL with the code to script of this origin.
 */
export async function answerOwnPath(
  core: GuardianCore,
  request: Request,
  kind: NavigationKind,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Response> {
  // Only the user's own tab signs in and out. In a frame nothing happens, and nothing is there to be read.
  if (request.destination !== 'document')
    return new Response(null, { status: 204, headers: HEADERS })
  try {
    const body = request.method === 'POST' ? await formBody(request) : undefined
    return redirect(await answerNavigation(core, kind, new URL(request.url), body, waitUntil))
  } catch {
    return redirect(core.surroundings.home + LANDING_FRAGMENT)
  }
}

/** Tells a page that its fetches come here. */
export function answerProbe(): Response {
  const headers = { ...HEADERS, [PROBE_HEADER]: String(CONTRACT_VERSION) }
  return new Response(null, { status: 204, headers })
}

function redirect(location: string): Response {
  return new Response(null, { status: 303, headers: { ...HEADERS, location } })
}

async function formBody(request: Request): Promise<URLSearchParams> {
  const text = await request.text()
  return new URLSearchParams(text.length <= LARGEST_BODY ? text : '')
}
