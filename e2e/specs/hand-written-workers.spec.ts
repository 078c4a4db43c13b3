import { rm } from 'node:fs/promises'

import type { Page } from '@playwright/test'

import { expect, test, type App } from '../fixtures/app.ts'
import { bakeApp } from '../fixtures/baked-app.ts'
import { openClient, signInHere } from '../fixtures/client-calls.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'

/** What many workers do: from the cache, else from the network, and the app's page for every navigation. */
const OWN_LISTENER = `
self.addEventListener('fetch', (event) => {
  const { request } = event
  const answer = async () => (await caches.match(request)) ?? fetch(request)
  event.respondWith(request.mode === 'navigate' ? fetch('/client.html') : answer())
})
`
const IMPORT = `importScripts('guardian-sw.js')\n`

for (const option of ['', '--beside']) {
  test(`a worker that imports the prebuilt one first has a guardian ${option}`, async ({
    page,
    app,
    control,
    startApp,
  }) => {
    const options = option === '' ? [] : [option]
    const root = await bakeApp(app, `imports-first${option}`, IMPORT + OWN_LISTENER, { options })
    const own = await startApp({ root })
    await openClient(page, own)
    // Its fallback for navigations gets no callback.
    await signInHere(page)
    expect(await page.evaluate(() => window.client.session.status)).toBe('signed-in')
    expect(await control.as.count('POST /token')).toBe(1)
    await control.api.reset()
    expect((await fetchInPage(page, `${app.apiOrigin}/v1/me`)).status).toBe(200)
    // Its listener, which would send it without a token, is not asked.
    const sent = await control.api.log('/v1/me')
    expect(sent.map(({ authorization }) => authorization)).toEqual(['bearer'])
  })
}

test('a worker that answers before the guardian does not install, and says why', async ({
  page,
  app,
  startApp,
}) => {
  const errors = await workerErrors(page)
  const root = await bakeApp(app, 'imports-last', OWN_LISTENER + IMPORT)
  const own = await startApp({ root })
  expect(await whyUnprotected(page, own)).toBe('worker-install-failed')
  await expect.poll(() => errors.join()).toContain('/auth/login?probe before the guardian')
})

test('a prebuilt worker without a configuration says what is missing, where, and how to make it', async ({
  page,
  app,
  startApp,
}) => {
  const errors = await workerErrors(page)
  const root = await bakeApp(app, 'unconfigured', IMPORT, { options: ['--beside'] })
  await rm(`${root}/token-guardian.config.js`)
  const own = await startApp({ root })
  expect(await whyUnprotected(page, own)).toBe('worker-registration-failed')
  await expect
    .poll(() => errors.join())
    .toContain(`${own.origin}/token-guardian.config.js could not be loaded`)
  expect(errors.join()).toContain('npx token-guardian bake')
})

/** What the console of a worker says of errors, as it comes. */
async function workerErrors(page: Page): Promise<readonly string[]> {
  const errors: string[] = []
  const devtools = await page.context().newCDPSession(page)
  devtools.on('ServiceWorker.workerErrorReported', ({ errorMessage }) =>
    errors.push(errorMessage.errorMessage),
  )
  await devtools.send('ServiceWorker.enable')
  return errors
}

async function whyUnprotected(page: Page, { origin }: App): Promise<string> {
  await page.goto(`${origin}/client.html`)
  return page.evaluate(async () => {
    const session = await window.client.ready()
    return 'code' in session ? session.code : session.status
  })
}
