import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test, type App } from '../fixtures/app.ts'
import { openClient, signInHere } from '../fixtures/client-calls.ts'
import { ServerControl } from '../fixtures/control.ts'
import { deploy } from '../fixtures/deployments.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'
import { buildPwa, type PwaBuild } from '../fixtures/pwa-app.ts'

/** As vite-plugin-pwa documents it, with a route of the app for everything that the guardian has. */
const generated = {
  guardian: { worker: 'guardian-sw.js' },
  pwa: {
    strategies: 'generateSW',
    workbox: {
      importScripts: ['guardian-sw.js'],
      skipWaiting: true,
      clientsClaim: true,
      navigateFallback: '/client.html',
      runtimeCaching: [{ urlPattern: /\/v1\//, handler: 'NetworkFirst' }],
    },
  },
} as const satisfies Omit<PwaBuild, 'first'>

test('a worker that vite-plugin-pwa generates has a guardian, whose callback its fallback does not get', async ({
  page,
  app,
  control,
  startApp,
}) => {
  test.setTimeout(180_000)
  const root = await buildPwa(app, 'generated', { ...generated, first: 'guardian' })
  const own = await startApp({ root })
  await openClient(page, own)
  await signInHere(page)
  expect(await page.evaluate(() => window.client.session.status)).toBe('signed-in')
  expect(await control.as.count('POST /token')).toBe(1)
  await control.api.reset()
  expect((await fetchInPage(page, `${app.apiOrigin}/v1/me`)).status).toBe(200)
  const sent = await control.api.log('/v1/me')
  expect(sent.map(({ authorization }) => authorization)).toEqual(['bearer'])
  // The app's own: its fallback is there.
  await page.goto(`${own.origin}/some/route`)
  await page.waitForFunction(() => window.client?.session.status === 'signed-in')
})

test('a new version of it that skips waiting takes the session over', async ({
  page,
  app,
  startApp,
}) => {
  test.setTimeout(180_000)
  const root = await buildPwa(app, 'generated-anew', { ...generated, first: 'pwa' })
  const own = await startApp({ root })
  await openClient(page, own)
  await signInHere(page)
  await deploy(new ServerControl(own.origin), '/sw.js')
  await page.evaluate(async () => {
    const taken = new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true })
    })
    await (await navigator.serviceWorker.getRegistration())?.update()
    await taken
  })
  expect((await fetchInPage(page, `${app.apiOrigin}/v1/me`)).status).toBe(200)
})

test('vite-plugin-pwa may stand before or after the guardian’s plugin', async ({ app }) => {
  test.setTimeout(180_000)
  const [one, other] = await bothOrders(app, 'generated', generated)
  expect(other).toEqual(one)
  expect(one['guardian-sw.js']).toContain(app.asOrigin)
  // What the worker consists of is nothing that it has to keep for pages.
  expect(one['sw.js']).toContain('client.html')
  expect(one['sw.js']).not.toMatch(/url:\s*"(guardian-sw|token-guardian)/)
})

async function bothOrders(app: App, name: string, options: Omit<PwaBuild, 'first'>) {
  const first = await buildPwa(app, `${name}-first`, { ...options, first: 'guardian' })
  const last = await buildPwa(app, `${name}-last`, { ...options, first: 'pwa' })
  return Promise.all([filesOf(first), filesOf(last)])
}

async function filesOf(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Object.fromEntries(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name)
        return [path.slice(root.length + 1), await readFile(path, 'utf8')]
      }),
    ),
  )
}
