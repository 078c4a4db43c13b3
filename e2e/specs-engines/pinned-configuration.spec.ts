import { mkdir, writeFile } from 'node:fs/promises'

import type { OpenTab } from '../engines/session.ts'
import { expect, test as base } from '../engines/test.ts'
import { bake } from '../fixtures/baked-app.ts'
import { buildFolder } from '../fixtures/demo-builds.ts'
import { serveFolder } from '../fixtures/folder-server.ts'

/** The guardian answers for its login path: which one that is says with what configuration it runs. */
const configWith = (loginPath: string): object => ({
  topology: 'same-origin',
  clients: { issuer: 'https://id.example.com', clientId: 'app' },
  resources: [{ url: 'https://api.example.com/v1/' }],
  loginPath,
})

/** What a script of the page would like the worker to load. */
const FORGED = `self.__TOKEN_GUARDIAN_CONFIG__ = ${JSON.stringify(configWith('/forged'))}`

interface Site {
  readonly origin: string
  /** Deploys another configuration, and nothing else. */
  readonly configure: (loginPath: string) => Promise<void>
}

const test = base.extend<{ readonly host: Site }>({
  host: async ({ engine }, use) => {
    const root = `${buildFolder()}/pinned-${engine}`
    await mkdir(root, { recursive: true })
    await writeFile(`${root}/index.html`, '<!doctype html><title>An app</title>')
    await bake(root, configWith('/first'), ['--beside'])
    // What would answer for the host, if the imports of another worker came to it.
    await writeFile(
      `${root}/foreign.js`,
      `self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('fetch', (event) => {
  if (!event.request.url.endsWith('.config.js')) return
  const headers = { 'content-type': 'text/javascript' }
  event.respondWith(new Response(${JSON.stringify(FORGED)}, { headers }))
})`,
    )
    const { origin, close } = await serveFolder(root)
    await use({
      origin,
      configure: (loginPath) => bake(root, configWith(loginPath), ['--config-only']),
    })
    await close()
  },
})

test.use({ persistent: true })

test('a page chooses no configuration by URL, storage, message, or another worker', async ({
  session,
  host,
}) => {
  const tab = await session.tab()
  await tab.goto(`${host.origin}/`)
  await install(tab, '/foreign.js')
  expect(await tab.evaluate(() => fetch('/token-guardian.config.js').then((r) => r.text()))).toBe(
    FORGED,
  )
  await tab.evaluate(async (forged) => {
    const respond = (): Response =>
      new Response(forged, { headers: { 'content-type': 'text/javascript' } })
    for (const name of ['token-guardian', 'token-guardian.config.js', 'workbox-precache-v2']) {
      const cache = await caches.open(name)
      await cache.put('/token-guardian.config.js', respond())
      await cache.put('/guardian-sw.js', respond())
    }
    await new Promise((resolve, reject) => {
      const opening = indexedDB.open('token-guardian.config.js')
      opening.addEventListener('upgradeneeded', () => {
        opening.result.createObjectStore('config').put(forged, '__TOKEN_GUARDIAN_CONFIG__')
      })
      opening.addEventListener('success', resolve)
      opening.addEventListener('error', reject)
    })
    localStorage.setItem('__TOKEN_GUARDIAN_CONFIG__', forged)
  }, FORGED)
  const query = new URLSearchParams({ config: '/forged.js', loginPath: '/forged' })
  await install(tab, `/guardian-sw.js?${query}#${query}`)
  await tab.evaluate((config) => {
    navigator.serviceWorker.controller?.postMessage({ type: 'config', config })
    navigator.serviceWorker.controller?.postMessage({ __TOKEN_GUARDIAN_CONFIG__: config })
  }, configWith('/forged'))
  expect(await answered(tab)).toEqual(['/first'])
})

test('the configuration beside a worker is pinned with it, also over a restart, until the browser finds another one', async ({
  session,
  host,
}) => {
  const first = await session.tab()
  await first.goto(`${host.origin}/`)
  await install(first, '/guardian-sw.js')
  expect(await answered(first)).toEqual(['/first'])
  await host.configure('/second')
  expect(await answered(first)).toEqual(['/first'])

  await session.restart()
  const tab = await session.tab()
  await tab.goto(`${host.origin}/`)
  await tab.waitFor('navigator.serviceWorker.controller !== null')
  expect(await answered(tab)).toEqual(['/first'])
  await tab.evaluate(async () => {
    await (await navigator.serviceWorker.getRegistration())?.update()
  })
  await tab.waitFor(
    'navigator.serviceWorker.getRegistration().then(({ waiting }) => waiting !== null)',
  )
  expect(await answered(tab)).toEqual(['/first'])

  await tab.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    const taken = new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true })
    })
    registration?.waiting?.postMessage({ type: 'SKIP_WAITING' })
    await taken
  })
  expect(await answered(tab)).toEqual(['/second'])
})

/** Registers a worker, and waits until it is this page's. */
async function install(tab: OpenTab, url: string): Promise<void> {
  await tab.evaluate(async (script) => {
    const registration = await navigator.serviceWorker.register(script)
    const worker = registration.installing ?? registration.waiting ?? registration.active
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (worker?.state !== 'installing') resolve()
      }
      worker?.addEventListener('statechange', look)
      look()
    })
    // Where another one is active it would wait for this page.
    worker?.postMessage({ type: 'SKIP_WAITING' })
  }, url)
  const path = url.split('?')[0]
  await tab.waitFor(`navigator.serviceWorker.controller?.scriptURL.includes('${path}')`)
}

/** The login paths for which a guardian answers. */
async function answered(tab: OpenTab): Promise<string[]> {
  return tab.evaluate(async () => {
    const paths = ['/first', '/second', '/forged']
    const answers = await Promise.all(paths.map((path) => fetch(`${path}?probe`)))
    return paths.filter((_, index) => answers[index]?.headers.has('token-guardian-contract'))
  })
}
