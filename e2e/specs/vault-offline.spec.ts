import type { BrowserContext, Page } from '@playwright/test'

import { expect, status, test } from '../fixtures/app.ts'
import { persistentBrowser, type PersistentBrowser } from '../fixtures/persistent-browser.ts'
import { vaultFilesAreCached, vaultFrame } from '../fixtures/vault-page.ts'

test.setTimeout(120_000)

let browser: PersistentBrowser

test.beforeEach(async () => {
  browser = await persistentBrowser()
})
test.afterEach(() => browser.close())

test('the vault’s frame comes from its cache, without a request', async ({
  app,
  control,
  signIn,
}) => {
  const context = await browser.restart()
  const page = await firstPage(context)
  await signIn(page, 'alice', app.origin)
  await vaultFilesAreCached(page, app.guardianOrigin)
  await control.guardian.reset()
  await page.reload()
  await expect(status(page)).toHaveText('signed-in as alice')
  const files = (await control.guardian.log('/bridge')).map(({ path }) => path)
  expect(files).toEqual([])
  const frame = await vaultFrame(page, app.guardianOrigin)
  const sources = await frame.evaluate(() =>
    ['navigation', 'resource']
      .flatMap((type) => performance.getEntriesByType(type))
      .filter(({ name }) => /\/bridge\.(html|js)$/.test(name))
      .map((entry) => ({ ...(entry.toJSON() as Record<string, unknown>) }))
      .map((entry) => entry['workerFinalSourceType'] ?? entry['workerFinalRouterSource']),
  )
  // By the browser itself, by static routes: no worker has to start for it.
  expect(sources).toEqual(['cache', 'cache'])
})

async function firstPage(context: BrowserContext): Promise<Page> {
  return context.pages()[0] ?? context.newPage()
}
