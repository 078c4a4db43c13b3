import type { ParsedConfig } from '../../src/contract/config.ts'

/** What a frame in an app needs without a network: a session is there offline too. */
const BRIDGE_FILES = ['/bridge.html', '/bridge.js']
const CACHE_PREFIX = 'token-guardian-vault-'

type AddRoutes = (rules: readonly object[]) => Promise<void>

/**
 * Serves the bridge from a cache of this worker's version. Where the browser has static routes it does so without starting the
 * worker, and everything else but the flow's own paths goes to the network without asking it: above all the bridge's API calls.
 */
export function serveVaultFiles(
  self: ServiceWorkerGlobalScope,
  { loginPath, logoutPath, clients }: ParsedConfig,
  build: string,
): void {
  const cacheName = CACHE_PREFIX + build
  self.addEventListener('install', (event) => {
    event.waitUntil(fill(self.caches, cacheName))
    const { addRoutes } = event as ExtendableEvent & { readonly addRoutes?: AddRoutes }
    const own = [loginPath, logoutPath, ...clients.map(({ redirectPath }) => redirectPath)]
    const rules = [
      ...[...new Set(own)].map((path) => rule(self, path, 'fetch-event')),
      ...BRIDGE_FILES.map((path) => rule(self, path, { cacheName })),
      { condition: { urlPattern: { hostname: '*' } }, source: 'network' },
    ]
    // Without the rules everything comes to the worker, which is slower and just as safe.
    if (addRoutes) event.waitUntil(addRoutes.call(event, rules).catch(() => undefined))
  })
  self.addEventListener('activate', (event) => {
    event.waitUntil(removeOtherCaches(self.caches, cacheName))
  })
  self.addEventListener('fetch', (event) => {
    const { origin, pathname } = new URL(event.request.url)
    if (origin !== self.location.origin || !BRIDGE_FILES.includes(pathname)) return
    event.respondWith(fromCache(self.caches, cacheName, event.request))
  })
}

function rule({ location }: ServiceWorkerGlobalScope, pathname: string, source: unknown): object {
  const { protocol, hostname, port } = new URL(location.href)
  const urlPattern = { protocol: protocol.slice(0, -1), hostname, port, pathname }
  return { condition: { urlPattern }, source }
}

async function fill(caches: CacheStorage, cacheName: string): Promise<void> {
  const cache = await caches.open(cacheName)
  await Promise.all(
    BRIDGE_FILES.map(async (path) => {
      const response = await fetch(path, { cache: 'reload' })
      if (!response.ok) throw new TypeError(`${path} answered ${response.status}`)
      await cache.put(path, withoutRedirect(response))
    }),
  )
}

/** Some hosts redirect `/bridge.html` to `/bridge`, and browsers take no redirected answer for a navigation. */
function withoutRedirect(response: Response): Response {
  if (!response.redirected) return response
  const { body, status, statusText, headers } = response
  return new Response(body, { status, statusText, headers })
}

/** Only a vault's own: on its origin nothing else should be, but it is not ours to remove. */
async function removeOtherCaches(caches: CacheStorage, cacheName: string): Promise<void> {
  const names = await caches.keys()
  const old = names.filter((name) => name.startsWith(CACHE_PREFIX) && name !== cacheName)
  await Promise.all(old.map((name) => caches.delete(name)))
}

async function fromCache(
  caches: CacheStorage,
  cacheName: string,
  request: Request,
): Promise<Response> {
  const cache = await caches.open(cacheName)
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request)
}
