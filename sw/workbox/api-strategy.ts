import { Strategy, type StrategyHandler } from 'workbox-strategies'
import type { ApiAccess } from '../host/api-access.ts'
import { UserCache, userCacheName } from './user-cache.ts'
import { userAtStart } from './user-at-start.ts'

/** Workbox declares it for subclasses only, and a strategy has no other way to be run with another handler. */
interface Handling {
  _handle(request: Request, handler: StrategyHandler): Promise<Response | undefined>
}

/** A strategy of the app whose network is the guardian, and whose cache is the user's own. */
export class ApiStrategy extends Strategy {
  readonly #api: ApiAccess
  readonly #inner: Strategy

  constructor(api: ApiAccess, inner: Strategy) {
    const { cacheName, plugins, fetchOptions, matchOptions } = inner
    const onlyOk = !plugins.some((plugin) => 'cacheWillUpdate' in plugin)
    super({
      cacheName: userCacheName(cacheName),
      plugins: [...plugins, new UserCache(api, onlyOk)],
      ...(fetchOptions && { fetchOptions }),
      ...(matchOptions && { matchOptions }),
    })
    this.#api = api
    this.#inner = inner
  }

  protected override _handle(
    request: Request,
    handler: StrategyHandler,
  ): Promise<Response | undefined> {
    handler.fetch = (input) => this.#fetch(input, handler)
    return (this.#inner as unknown as Handling)._handle(request, handler)
  }

  /** As the handler's own, but by the guardian, and for the user only whose request it is. */
  async #fetch(input: RequestInfo, handler: StrategyHandler): Promise<Response> {
    const { event } = handler
    const originalRequest = new Request(input)
    let request = originalRequest.clone()
    for (const change of handler.iterateCallbacks('requestWillFetch')) {
      request = await change({ request, event })
    }
    const user = await userAtStart(this.#api, handler.request, event)
    try {
      let response = await this.#api.fetch(request.clone(), {
        ...this.fetchOptions,
        event,
        ...(typeof user === 'object' && { user: user.key }),
        ...(user === 'nobody' && { user: null }),
      })
      for (const change of handler.iterateCallbacks('fetchDidSucceed')) {
        response = await change({ event, request, response })
      }
      return response
    } catch (error) {
      await handler.runCallbacks('fetchDidFail', {
        error: error as Error,
        event,
        originalRequest,
        request,
      })
      throw error
    }
  }
}
