import type { Strategy } from 'workbox-strategies'
import type { ApiAccess } from '../host/api-access.ts'
import { ApiStrategy } from './api-strategy.ts'
import { atPageMessages } from './page-messages.ts'
import { purge } from './user-cache.ts'

/** For a request of a page that is for a configured resource. */
export type MatchApiRequest = (call: { readonly request: Request; readonly url: URL }) => boolean

const watched = new WeakSet<ApiAccess>()

/**
 * Lets a Workbox strategy answer some of the pages' requests for APIs. Its requests go through the guardian, with a token, and its
 * cache is kept for each user: nobody gets an answer of somebody else, and at a sign-out or a change of the user it is deleted.
 * Call it synchronously, as Workbox's own `registerRoute`; the first route that matches counts.
 * @param api what `installGuardian` or `installForwarder` returned
 */
export function registerApiRoute(
  api: ApiAccess,
  match: MatchApiRequest,
  strategy: Strategy,
  method = 'GET',
): void {
  const handler = new ApiStrategy(api, strategy)
  api.route({
    matches: (request) =>
      request.method === method && match({ request, url: new URL(request.url) }),
    answer: (call) => handler.handle(call),
  })
  if (watched.has(api)) return
  watched.add(api)
  atPageMessages(() => purge(api))
}
