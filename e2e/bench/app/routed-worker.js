// The least that the Static Routing API can cost: one rule that sends everything to the network.
self.addEventListener('install', (event) => {
  self.skipWaiting()
  // An empty pattern would inherit every part of this script's URL and match nothing else.
  const everything = { urlPattern: { hostname: '*' } }
  event.waitUntil(event.addRoutes?.([{ condition: everything, source: 'network' }]))
})
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('fetch', (event) => event.respondWith(fetch(event.request)))
