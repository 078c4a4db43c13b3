import { createHandlerBoundToURL, precacheAndRoute, matchPrecache } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { installForwarder, installGuardian } from 'token-guardian/worker'

declare const self: ServiceWorkerGlobalScope & {
  readonly __WB_MANIFEST: Parameters<typeof precacheAndRoute>[0]
}

// First, so that its paths and resources are its own; everything after it is an ordinary Workbox worker. An app needs only one
// of the two lines: the demo can be built for either topology.
if (__TOKEN_GUARDIAN_CONFIG__.topology === 'vault')
  installForwarder(self, __TOKEN_GUARDIAN_CONFIG__)
else installGuardian(self, __TOKEN_GUARDIAN_CONFIG__)

precacheAndRoute(self.__WB_MANIFEST)
if (import.meta.env.PROD) {
  const appShell = createHandlerBoundToURL('index.html')
  registerRoute(new NavigationRoute(appShell, { denylist: [/^\/auth\//, /\.[a-z]+$/] }))
  registerRoute(
    ({ request }) => request.mode === 'navigate',
    ({ request }) =>
      fetch(request).catch(async () => (await matchPrecache('offline.html')) ?? Response.error()),
  )
}
