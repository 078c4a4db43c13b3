import { registerRoute } from 'workbox-routing'
import type { GuardianCore } from '../core/guardian-core.ts'
import { matchResource } from '../core/match-resource.ts'
import { navigationKind } from '../core/navigations.ts'
import { PROBE_QUERY } from '../../src/contract/messages.ts'
import { answerApiCall } from './api-calls.ts'
import { answerOwnPath, answerProbe } from './own-paths.ts'

/** Workbox routes match one method each. */
type Method = 'DELETE' | 'GET' | 'HEAD' | 'PATCH' | 'POST' | 'PUT'

/**
 * Registers the guardian with Workbox's router. Routes match in the order of registration, so `installGuardian` comes
 * before the app's own routes; what matches none of these is the app's.
 */
export function registerRoutes(core: GuardianCore): void {
  const { config, origin } = core.surroundings

  const isOwnNavigation = ({ request, url, event }: Match): boolean =>
    isFetch(event) &&
    request.mode === 'navigate' &&
    navigationKind(url, core.surroundings) !== undefined
  const isProbe = ({ request, url, event }: Match): boolean =>
    isFetch(event) &&
    request.mode !== 'navigate' &&
    url.origin === origin &&
    url.pathname === config.loginPath &&
    url.search === PROBE_QUERY
  const isApiCall = ({ request, event }: Match): boolean =>
    isFetch(event) && matchResource(request, config.resources) !== undefined

  for (const method of ['GET', 'POST'] as const) {
    registerRoute(isOwnNavigation, ({ request }) => answerOwnPath(core, request), method)
  }
  registerRoute(isProbe, () => Promise.resolve(answerProbe()), 'GET')
  const methods = new Set(config.resources.flatMap((resource) => resource.methods))
  for (const method of methods) {
    registerRoute(
      isApiCall,
      ({ request, event }) => answerApiCall(core, request, event),
      method as Method,
    )
  }
}

interface Match {
  readonly request: Request
  readonly url: URL
  readonly event: ExtendableEvent
}

/** Workbox also routes URLs that a page lists in a message; only real requests are the guardian's. */
function isFetch(event: ExtendableEvent): boolean {
  return event.type === 'fetch'
}
