import type { BrowserContext, Page } from '@playwright/test'

import { callApi, events, expect, status, test } from '../fixtures/app.ts'
import { moveClock } from '../fixtures/clock.ts'
import type { Controls } from '../fixtures/control.ts'
import { persistentBrowser, type PersistentBrowser } from '../fixtures/persistent-browser.ts'
import { vaultFilesAreCached } from '../fixtures/vault-page.ts'

test.setTimeout(120_000)
test.use({ variant: 'persistent' })

let browser: PersistentBrowser

test.beforeEach(async () => {
  browser = await persistentBrowser()
})
test.afterEach(() => browser.close())

test('a session survives a restart of the browser without any network, and goes on without a sign-in when the network is back', async ({
  app,
  control,
  signIn,
}) => {
  const { vaultOrigin } = app
  const before = await firstPage(await browser.restart())
  await signIn(before, 'alice', app.origin)
  if (vaultOrigin) await vaultFilesAreCached(before, vaultOrigin)

  const context = await browser.restart()
  await takeDown(control)
  const page = await firstPage(context)
  await page.goto(app.origin)
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(await callApi(page)).toMatchObject({ error: 'TypeError' })
  if (vaultOrigin) await expect(events(page)).toContainText('api-unreachable')

  await moveClock(context, { origin: app.origin, vaultOrigin }, 120)
  await page.reload()
  await expect(status(page)).toHaveText('signed-in as alice')
  await expect(page.getByText('yes: expired and not renewed yet')).toBeVisible()
  await expect(page.getByText('alice@').or(page.getByText('openid')).first()).toBeVisible()
  expect(await callApi(page)).toMatchObject({ error: 'TypeError' })
  await expect(events(page)).toContainText('refresh-unavailable')
  await expect(status(page)).toHaveText('signed-in as alice')

  await Promise.all(Object.values(control).map((server) => server.reset()))
  expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  expect(page.url()).toBe(`${app.origin}/`)
  expect(await control.as.count('POST /token')).toBe(1)
  expect(await control.as.count('GET /auth')).toBe(0)
})

async function firstPage(context: BrowserContext): Promise<Page> {
  return context.pages()[0] ?? context.newPage()
}

/** Every server is as if it was not there. */
async function takeDown(control: Controls): Promise<void> {
  const { app, guardian, as, api } = control
  await Promise.all([app, guardian, as, api].map((server) => server.fault('/', 'drop')))
}
