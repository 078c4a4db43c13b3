import { CONTRACT_VERSION, PROBE_HEADER } from '../../src/contract/messages.ts'
import type { GuardianCore } from '../core/guardian-core.ts'
import { answerNavigation, navigationKind } from '../core/navigations.ts'

const HEADERS = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }

/** Largest form_post body that is read, in bytes. */
const LARGEST_BODY = 64 * 1024

/**
 * Answers a navigation to the login path, logout path or redirect URI. Always a redirect to a URL with an explicit
 * fragment, or 204: an error page would show the URL with the code to script of this origin.
 */
export async function answerOwnPath(core: GuardianCore, request: Request): Promise<Response> {
  // Only the user's own tab signs in and out. In a frame nothing happens, and nothing is there to be read.
  if (request.destination !== 'document')
    return new Response(null, { status: 204, headers: HEADERS })
  const { home } = core.surroundings
  try {
    const url = new URL(request.url)
    const kind = navigationKind(url, core.surroundings)
    const body = request.method === 'POST' ? await formBody(request) : undefined
    return redirect(kind ? await answerNavigation(core, kind, url, body) : `${home}#_`)
  } catch {
    return redirect(`${home}#_`)
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
