import { registerRoute } from 'workbox-routing'
import type { ParsedResource } from '../../src/contract/config.ts'
import type { GuardianCore } from '../core/guardian-core.ts'
import { matchResource } from '../core/match-resource.ts'
import { answerOwnPath, answerProbe, ownPath } from './own-paths.ts'

/** Workbox routes match one method each. */
type Method = 'DELETE' | 'GET' | 'HEAD' | 'PATCH' | 'POST' | 'PUT'

interface RoutedCall {
  readonly request: Request
  readonly event: ExtendableEvent
}

/** Requests for resources that the app answers itself, by its own strategy. */
export interface ResourceRoute {
  readonly matches: (request: Request) => boolean
  readonly answer: (call: RoutedCall) => Promise<Response>
}

/**
 * The guardian's own paths do not go through Workbox's router: no other route, fallback or catch handler may get a
 * callback, and in development the router logs URLs, which hold the code.
 */
export function answerOwnPaths(self: ServiceWorkerGlobalScope, core: GuardianCore): void {
  self.addEventListener('fetch', (event) => {
    const kind = ownPath(core, event.request)
    if (kind === undefined) return
    event.stopImmediatePropagation()
    if (kind === 'probe') return event.respondWith(answerProbe())
    const answer = answerOwnPath(core, event.request, kind, (work) => event.waitUntil(work))
    // Page script can have switched it on since: then the browser would send the callback to the app's server as well.
    event.respondWith(disableNavigationPreload(self).then(() => answer))
  })
}

/** Never fails: some browsers have no navigation preload, and an inactive worker cannot change it. */
export async function disableNavigationPreload(self: ServiceWorkerGlobalScope): Promise<void> {
  await self.registration.navigationPreload?.disable().catch(() => undefined)
}

/**
 * Registers the resources with Workbox's router. Routes match in the order of registration, so `installGuardian` comes
 * before the app's own routes; what matches none of these is the app's.
 * @param routes of the app for resources. They may grow
 */
export function registerResources(
  resources: readonly ParsedResource[],
  answer: (call: RoutedCall) => Promise<Response>,
  routes: readonly ResourceRoute[],
): void {
  const methods = new Set(resources.flatMap((resource) => resource.methods))
  for (const method of methods) {
    registerRoute(
      // Workbox also routes URLs that a page lists in a message; only real requests are the guardian's.
      ({ request, event }) =>
        event.type === 'fetch' && matchResource(request, resources) !== undefined,
      (call) => {
        const own = routes.find(({ matches }) => matches(call.request))
        return own ? own.answer(call) : answer(call)
      },
      method as Method,
    )
  }
}
