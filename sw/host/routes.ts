import { registerRoute } from 'workbox-routing'
import type { ParsedResource } from '../../src/contract/config.ts'
import { destinationOf, hasRightType } from '../core/destinations.ts'
import type { GuardianCore } from '../core/guardian-core.ts'
import { matchResource } from '../core/match-resource.ts'
import { failure } from '../protocol/failure.ts'
import { answerOwnPath, answerProbe, ownPath } from './own-paths.ts'

/** Workbox routes match one method each. */
type Method = 'DELETE' | 'GET' | 'HEAD' | 'PATCH' | 'POST' | 'PUT'

interface RoutedCall {
  readonly request: Request
  readonly event: ExtendableEvent
}

interface ResourceAnswers {
  readonly answer: (call: RoutedCall) => Promise<Response>
  /** Of the app for resources. They may grow. */
  readonly routes: readonly ResourceRoute[]
  readonly report: (error: Error, event: ExtendableEvent) => void
}

/** Requests of script for resources that the app answers itself, by its own strategy. */
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
 */
export function registerResources(
  resources: readonly ParsedResource[],
  { answer, routes, report }: ResourceAnswers,
): void {
  const methods = new Set(resources.flatMap((resource) => resource.methods))
  for (const method of methods) {
    registerRoute(
      // Workbox also routes URLs that a page lists in a message; only real requests are the guardian's.
      ({ request, event }) =>
        event.type === 'fetch' && matchResource(request, resources) !== undefined,
      (call) => {
        if (call.request.destination !== '' || call.request.mode === 'no-cors') {
          return answerElement(call)
        }
        const own = routes.find(({ matches }) => matches(call.request))
        return own ? own.answer(call) : answer(call)
      },
      method as Method,
    )
  }

  /** What is not for script: the page may use the answer, and as nothing else than what it was asked for. */
  async function answerElement(call: RoutedCall): Promise<Response> {
    const destination = destinationOf(call.request)
    const response = await answer(call)
    const { body, ok, type } = response
    if (destination === undefined || type === 'error') return response
    // Script that posts without CORS rules sees nothing of an answer, and gets no more with a token.
    const isUseful = destination !== 'beacon'
    if (isUseful && hasRightType(destination, response)) return response
    body?.cancel().catch(() => undefined)
    if (!isUseful) return new Response(null, { status: 204 })
    if (ok) {
      const message = `An API answered a request for a ${destination} with another type; it was not passed on. Let it send the right Content-Type`
      report(failure('type-blocked', 'api', { message }), call.event)
    }
    return Response.error()
  }
}
