import type { Page } from '@playwright/test'

import { expect, status, test } from '../fixtures/app.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'
import { persistentBrowser } from '../fixtures/persistent-browser.ts'
import { errorCodes, vaultFilesAreCached, vaultFrame } from '../fixtures/vault-page.ts'

test.setTimeout(120_000)

test('the frame loaded anew in mid-request: GET and PUT are answered, a POST fails like a network error, and the next call works', async ({
  page,
  app,
  signIn,
  control,
}) => {
  await signIn(page)
  await control.api.fault('/v1', 'hang', { times: 3 })
  const get = fetchInPage(page, `${app.apiOrigin}/v1/me`)
  const put = fetchInPage(page, `${app.apiOrigin}/v1/echo-body`, { method: 'PUT', body: 'x' })
  const post = fetchInPage(page, `${app.apiOrigin}/v1/echo-body`, { method: 'POST', body: 'x' })
  await expect.poll(async () => (await control.api.log('/v1')).length).toBe(3)
  await page.evaluate(() => {
    const frame = document.querySelector('iframe')!
    frame.setAttribute('src', frame.src)
  })
  expect(await get).toMatchObject({ status: 200 })
  // What was begun may be sent again only because of its method.
  expect(await put).toMatchObject({ status: 200 })
  // Perhaps it was carried out: whoever sent it must decide.
  expect(await post).toMatchObject({ status: 0, text: 'TypeError' })
  expect(await errorCodes(page)).toContain('bridge-lost')
  expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 200 })
  await expect(status(page)).toHaveText('signed-in as alice')
})

test('the frame removed in mid-request: the client puts it back, and a GET is answered', async ({
  page,
  app,
  signIn,
  control,
}) => {
  await signIn(page)
  await control.api.fault('/v1', 'hang', { times: 1 })
  const call = fetchInPage(page, `${app.apiOrigin}/v1/me`)
  await expect.poll(async () => (await control.api.log('/v1')).length).toBe(1)
  await page.evaluate(() => document.querySelector('iframe')!.remove())
  expect(await call).toMatchObject({ status: 200 })
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 200 })
})

test('a vault that loads slowly: the first call of a page waits for it and succeeds', async ({
  page,
  app,
  signIn,
  control,
}) => {
  await signIn(page)
  await vaultFilesAreCached(page, app.guardianOrigin)
  const frame = await vaultFrame(page, app.guardianOrigin)
  await frame.evaluate(async () => {
    await Promise.all((await caches.keys()).map((name) => caches.delete(name)))
  })
  await control.guardian.fault('/bridge.html', 'delay', { ms: 1500 })
  await control.guardian.fault('/bridge.js', 'delay', { ms: 1500 })
  await page.goto(`${app.origin}/client.html`, { waitUntil: 'commit' })
  expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 200 })
})

test('a page without the client is served by the bridge of another tab', async ({
  page,
  context,
  app,
  signIn,
}) => {
  await signIn(page)
  const plain = await context.newPage()
  await plain.goto(`${app.origin}/test-pages/plain.html`)
  expect(await plain.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
  expect(await fetchInPage(plain, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 200 })
})

test('a page without the client, alone: its calls fail like network errors', async ({
  page,
  app,
  signIn,
}) => {
  await signIn(page)
  await page.goto(`${app.origin}/test-pages/plain.html`)
  expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`)).toMatchObject({ text: 'TypeError' })
})

test('a tab that closes while a shared worker’s request runs through its bridge: another tab’s bridge serves it', async ({
  page,
  context,
  app,
  startApp,
  signIn,
  control,
}) => {
  // The host's own policy allows no other workers than the guardian.
  const { origin } = await startApp({ protections: { csp: false } })
  await signIn(page, 'alice', origin)
  const other = await context.newPage()
  await other.goto(`${origin}/client.html`)
  await other.waitForFunction(() => window.client?.session.status === 'signed-in')
  // The bridge heard last is the first choice.
  await fetchInPage(page, `${app.apiOrigin}/v1/me`)
  await control.api.reset()
  await control.api.fault('/v1/me', 'hang', { times: 1 })
  await startSharedFetch(other, app.apiOrigin)
  await expect.poll(() => control.api.count('GET /v1/me')).toBe(1)
  await page.close()
  await expect.poll(() => other.evaluate(() => Reflect.get(window, 'answer') as unknown)).toBe(200)
  expect(await control.api.count('GET /v1/me'), 'it did run through the closed tab').toBe(2)
})

test('a keepalive request of a tab that closes reaches the API once, if need be through another tab’s bridge', async ({
  page,
  context,
  app,
  signIn,
  control,
}) => {
  await signIn(page)
  const other = await context.newPage()
  await other.goto(`${app.origin}/client.html`)
  await other.waitForFunction(() => window.client?.session.status === 'signed-in')
  await control.api.reset()
  await page.evaluate((url) => {
    addEventListener('pagehide', () => {
      void fetch(url, { method: 'POST', body: 'last words', keepalive: true })
    })
  }, `${app.apiOrigin}/v1/echo-body`)
  await page.close({ runBeforeUnload: true })
  await expect.poll(() => control.api.count('POST /v1/echo-body')).toBe(1)
  expect(await fetchInPage(other, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 200 })
  expect(await control.api.count('POST /v1/echo-body')).toBe(1)
})

test('a tab in the back/forward cache, whose port looks alive, keeps no call from being answered', async ({
  app,
  signIn,
}) => {
  const browser = await persistentBrowser(['--disable-back-forward-cache'])
  try {
    const context = await browser.restart()
    const [page = await context.newPage()] = context.pages()
    await signIn(page, 'alice', app.origin)
    const other = await context.newPage()
    await other.goto(`${app.origin}/client.html`)
    await other.waitForFunction(() => window.client?.session.status === 'signed-in')
    const plain = await context.newPage()
    await plain.goto(`${app.origin}/test-pages/plain.html`)
    await page.evaluate(() => {
      addEventListener('pagehide', ({ persisted }) => {
        localStorage.setItem('kept', String(persisted))
      })
    })
    // The bridge heard last is the first choice.
    expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 200 })
    await page.goto(`${app.foreignOrigin}/away`)
    expect(await plain.evaluate(() => localStorage.getItem('kept'))).toBe('true')
    expect(await fetchInPage(plain, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 200 })
  } finally {
    await browser.close()
  }
})

/** Lets the shared worker of the origin fetch; its answer will be `window.answer`. */
async function startSharedFetch(page: Page, apiOrigin: string): Promise<void> {
  await page.evaluate((url) => {
    const { port } = new SharedWorker('/test-pages/fetching-worker.js')
    port.onmessage = ({ data }) => Object.assign(window, { answer: data as unknown })
    port.postMessage(url)
  }, `${apiOrigin}/v1/me`)
}
