import type { PresentUser } from '../core/present-users.ts'
import type { ApiAccess } from '../host/api-access.ts'
import { userAtStart } from './user-at-start.ts'
import type { CallOf, WorkboxPlugin } from './workbox-plugin.ts'

/** Caches with answers of several users have names that begin so, for a later version of the app may not use them any more. */
const CACHE_PREFIX = 'token-guardian-users-'

/** Query parameter of cache keys. It is never sent. */
const PARAMETER = 'token-guardian-user'

/**
 * Workbox plugin that keeps answers for the user whose they are. Where it is not sure who that is, or nobody is signed in, nothing
 * is read and nothing is kept. It must be the last plugin of its strategy, for it has the last word about keys.
 */
export class UserCache implements WorkboxPlugin {
  readonly #api: ApiAccess
  readonly #onlyOk: boolean

  /** @param onlyOk keep answers with status 200 only, as strategies do without a plugin that says what to keep */
  constructor(api: ApiAccess, onlyOk: boolean) {
    this.#api = api
    this.#onlyOk = onlyOk
  }

  async handlerWillStart({ request, event, state }: CallOf<'handlerWillStart'>): Promise<void> {
    const user = await userAtStart(this.#api, request, event)
    Object.assign(state ?? {}, { request, key: keyOf(user) })
  }

  async cacheKeyWillBeUsed({
    request,
    state,
  }: CallOf<'cacheKeyWillBeUsed'>): Promise<Request | string> {
    const url = new URL(request.url)
    // Without a user it is a key that nothing has.
    url.searchParams.set(PARAMETER, state?.['key'] ?? crypto.randomUUID())
    return new Request(url, { headers: request.headers })
  }

  async cachedResponseWillBeUsed({
    cachedResponse,
    event,
    state,
  }: CallOf<'cachedResponseWillBeUsed'>): Promise<Response | undefined> {
    return (await this.#isStillThere(state, event)) ? cachedResponse : undefined
  }

  async cacheWillUpdate({
    response,
    event,
    state,
  }: CallOf<'cacheWillUpdate'>): Promise<Response | undefined> {
    if (this.#onlyOk && response.status !== 200) return undefined
    return (await this.#isStillThere(state, event)) ? response : undefined
  }

  /** What was written while its user signed out may have come after what was kept of them was deleted. */
  async handlerDidComplete({ event, state }: CallOf<'handlerDidComplete'>): Promise<void> {
    if (state?.['key'] && !(await this.#isStillThere(state, event))) await purge(this.#api)
  }

  async #isStillThere(
    state: CallOf<'handlerWillStart'>['state'],
    event: ExtendableEvent,
  ): Promise<boolean> {
    const { key, request } = (state ?? {}) as { readonly key?: string; readonly request?: Request }
    return key !== undefined && !!request && keyOf(await this.#api.userOf(request, event)) === key
  }
}

/** Name of the cache for what an app would keep in the cache of a name. */
export function userCacheName(name: string): string {
  return CACHE_PREFIX + name
}

/** Deletes what is kept of users who signed out, or in whose place another one signed in. What belongs to who may come back stays. */
export async function purge(api: ApiAccess): Promise<void> {
  const gone = new Map<string, Promise<boolean>>()
  const names = await caches.keys()
  for (const name of names.filter((one) => one.startsWith(CACHE_PREFIX))) {
    const cache = await caches.open(name)
    for (const request of await cache.keys()) {
      const url = new URL(request.url)
      const key = url.searchParams.get(PARAMETER)
      if (key === null) continue
      url.searchParams.delete(PARAMETER)
      // All that one user has is of one client.
      const isGone = gone.get(key) ?? api.userOf(new Request(url)).then((user) => isNot(user, key))
      gone.set(key, isGone)
      if (await isGone) await cache.delete(request)
    }
  }
}

function keyOf(user: PresentUser | undefined): string | undefined {
  return typeof user === 'object' ? user.key : undefined
}

function isNot(user: PresentUser | undefined, key: string): boolean {
  return user !== 'unknown' && keyOf(user) !== key
}
