import type { ParsedResource } from '../../src/contract/config.ts'
import { matchResource } from '../core/match-resource.ts'
import type { MeantFor, PresentUser } from '../core/present-users.ts'
import type { ResourceRoute } from './routes.ts'

export interface ApiFetchInit extends RequestInit {
  /**
   * Key of the one user whose token the request may carry, or `null` if it may carry none: it rejects when somebody else is
   * signed in by then. For what waited, such as entries of a queue. Default: whoever is signed in.
   */
  readonly user?: MeantFor
  /** The event that it is done for: kept alive for what goes on after the answer, and its page hears of a step-up. */
  readonly event?: ExtendableEvent
}

/** What code of the app in the worker can do with the APIs. */
export interface ApiAccess {
  /**
   * `fetch` for code inside the worker (background sync, push): what a page's request gets, a request for a configured resource
   * gets here. Others go out as they are. Rejects like `fetch`, and also when there is a session but no usable token now.
   */
  fetch(input: RequestInfo | URL, init?: ApiFetchInit): Promise<Response>
  /** Whose token the request would carry now. `undefined`: it is for no resource. Never rejects. */
  userOf(request: Request, event?: ExtendableEvent): Promise<PresentUser | undefined>
  /** Lets the app answer some of the pages' requests for resources itself. The first of its routes that matches counts. */
  route(route: ResourceRoute): void
}

interface Access {
  readonly resources: readonly ParsedResource[]
  readonly routes: ResourceRoute[]
  readonly answer: (
    request: Request,
    resource: ParsedResource,
    init: Pick<ApiFetchInit, 'user' | 'event'>,
  ) => Promise<Response>
  readonly userOf: (client: string, event: ExtendableEvent | undefined) => Promise<PresentUser>
}

/** @param access of a guardian or a forwarder. An answer of type `error` is a failure */
export function apiAccess({ resources, routes, answer, userOf }: Access): ApiAccess {
  return {
    fetch: async (input, { user, event, ...init } = {}) => {
      const request = new Request(input, init)
      const resource = matchResource(request, resources)
      if (resource === undefined) return fetch(request)
      const { signal } = request
      signal.throwIfAborted()
      const call = { ...(user !== undefined && { user }), ...(event && { event }) }
      const response = await Promise.race([answer(request, resource, call), abortOf(signal)])
      signal.throwIfAborted()
      if (response.type === 'error') throw new TypeError('The request could not be sent')
      return response
    },
    userOf: async (request, event) => {
      const resource = matchResource(request, resources)
      return resource && userOf(resource.client, event)
    },
    route: (route) => void routes.push(route),
  }
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
