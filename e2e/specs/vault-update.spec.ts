import { appendFile } from 'node:fs/promises'

import type { Page } from '@playwright/test'

import { expect, status, test, type App } from '../fixtures/app.ts'
import { vaultFolder } from '../fixtures/demo-builds.ts'
import { deployVault, installUpdate, isNewBridge } from '../fixtures/versions-at-once.ts'
import { mixedCalls } from '../fixtures/mixed-calls.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'
import { vaultFilesAreCached, vaultFrame } from '../fixtures/vault-page.ts'

test.setTimeout(180_000)

test('a new build of the vault: the open page goes on, and the next load has the new bridge', async ({
  page,
  app,
  startApp,
  signIn,
}) => {
  const root = await buildOwnDemo('updated', app, {})
  const own = await startApp({ root })
  await signIn(page, 'alice', own.origin)
  await vaultFilesAreCached(page, own.guardianOrigin)

  const calls = callUntilTold(page, app)
  await deployVault(vaultFolder(root), 'abcdef0123456789')
  const frame = await vaultFrame(page, own.guardianOrigin)
  await frame.evaluate(async () => {
    const registration = (await navigator.serviceWorker.getRegistration())!
    await registration.update()
  })
  // The new version takes over as soon as it can, and removes the files of the old one.
  const caches = (): Promise<string[]> => frame.evaluate(() => self.caches.keys())
  await expect.poll(caches).toEqual(['token-guardian-vault-abcdef0123456789'])
  expect(await isNewBridge(frame)).toBe(false)
  expect(await calls.end()).toEqual([])

  await page.reload()
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(await isNewBridge(await vaultFrame(page, own.guardianOrigin))).toBe(true)
  expect(await failedOf(page, app)).toEqual([])
})

test('a new version of the app’s worker that is installed in mid-traffic and takes over loses nothing', async ({
  page,
  context,
  app,
  startApp,
  signIn,
}) => {
  const root = await buildOwnDemo('updated-app', app, {})
  const own = await startApp({ root })
  await signIn(page, 'alice', own.origin)
  const calls = callUntilTold(page, app)
  // As an app that does not wait for its tabs to close would do it.
  await appendFile(`${root}/sw.js`, '\nself.skipWaiting()\n')
  const changed = page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        navigator.serviceWorker.addEventListener('controllerchange', () => resolve())
      }),
  )
  await installUpdate(page)
  // Chromium lets it take over as soon as the version before has no request under way.
  expect(await calls.end()).toEqual([])
  await changed
  expect(await failedOf(page, app)).toEqual([])
  const next = await context.newPage()
  await next.goto(own.origin)
  await expect(status(next)).toHaveText('signed-in as alice')
  expect(await failedOf(next, app)).toEqual([])
})

/** Calls again and again, 20 at a time. @returns a function that ends that and tells what was not answered */
function callUntilTold(page: Page, app: App): { end: () => Promise<unknown[]> } {
  let goesOn = true
  const failed: unknown[] = []
  const run = (async () => {
    while (goesOn) failed.push(...(await failedOf(page, app)))
  })()
  return {
    end: async () => {
      goesOn = false
      await run
      return failed
    },
  }
}

async function failedOf(page: Page, { apiOrigin }: App): Promise<unknown[]> {
  const reports = await mixedCalls(page, apiOrigin, 20)
  return reports.filter(({ ending }) => ending !== 'answered')
}
