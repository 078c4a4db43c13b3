import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Page } from '@playwright/test'

import {
  callApi,
  code,
  expect,
  session,
  signInButton,
  status,
  test,
  variantRoot,
} from '../fixtures/app.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'

function isControlled(page: Page): Promise<boolean> {
  return page.evaluate(() => navigator.serviceWorker.controller !== null)
}

test('the first visit is covered without a reload', async ({ page, app, open, control }) => {
  await open(page)
  await expect(status(page)).toHaveText('signed-out')
  expect(await isControlled(page)).toBe(true)
  expect(await control.app.count('GET /')).toBe(1)
  expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 401 })
})

test('a reload keeps the session and the page covered', async ({ page, signIn }) => {
  await signIn(page)
  await page.reload()
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(await callApi(page)).toMatchObject({ status: 200 })
})

test('a hard reload, which leaves the page without a controller, is covered again', async ({
  page,
  signIn,
}) => {
  await signIn(page)
  const devtools = await page.context().newCDPSession(page)
  const loaded = page.waitForEvent('load')
  await devtools.send('Page.reload', { ignoreCache: true })
  await loaded
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(await isControlled(page)).toBe(true)
  expect(await callApi(page)).toMatchObject({ status: 200 })
})

test('after a hard reload the page has no controller, so the test above tests something', async ({
  page,
  app,
  signIn,
}) => {
  await signIn(page)
  await page.goto(`${app.origin}/offline.html`)
  expect(await isControlled(page)).toBe(true)
  const devtools = await page.context().newCDPSession(page)
  const loaded = page.waitForEvent('load')
  await devtools.send('Page.reload', { ignoreCache: true })
  await loaded
  expect(await isControlled(page)).toBe(false)
})

const brokenWorkers = {
  'throws when it starts': 'throw new Error("broken")',
  'rejects its installation':
    'addEventListener("install", (event) => event.waitUntil(Promise.reject(new Error("broken"))))',
  'is no script': 'this is no script',
}

for (const [how, script] of Object.entries(brokenWorkers)) {
  test(`a worker that ${how}: unprotected, sign-in is refused, calls go out without a token`, async ({
    page,
    app,
    topology,
    variant,
    startApp,
    open,
    control,
  }) => {
    const root = await mkdtemp(join(tmpdir(), 'broken-worker-'))
    await cp(variantRoot(topology, variant), root, { recursive: true })
    await writeFile(join(root, 'sw.js'), script)
    try {
      const { origin } = await startApp({ root })
      await open(page, origin)
      await expect(status(page)).toHaveText('unprotected')
      await expect(code(page)).toHaveText(/^worker-(install|registration)-failed$/)
      await signInButton(page).click()
      await expect(code(page)).toHaveText(/^worker-(install|registration)-failed$/)
      expect(page.url()).toBe(`${origin}/`)
      expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 401 })
      expect(await control.as.log()).toEqual([])
    } finally {
      await rm(root, { recursive: true })
    }
  })
}

test('a browser without service workers: unprotected, and sign-in is refused', async ({
  page,
  open,
  control,
}) => {
  await page.addInitScript(() => {
    delete (Navigator.prototype as unknown as Record<string, unknown>)['serviceWorker']
  })
  await open(page)
  expect(await session(page)).toBe('unprotected')
  await expect(code(page)).toHaveText('worker-unsupported')
  await signInButton(page).click()
  await expect(code(page)).toHaveText('worker-unsupported')
  expect(await control.as.log()).toEqual([])
})
