import type { Page } from '@playwright/test'

import { expect, test, type App } from '../fixtures/app.ts'
import { signInHere } from '../fixtures/client-calls.ts'
import { everyTabSays, openCrowd } from '../fixtures/crowd.ts'
import { mixedCalls } from '../fixtures/mixed-calls.ts'

test.use({ variant: 'persistent' })

/** What a browser does that deletes the workers of a site, while pages of it are open. Those of the app are covered again after it. */
async function removeWorkers(tabs: readonly Page[], app: App, origin: string): Promise<void> {
  for (const tab of tabs) {
    await tab.evaluate(() => {
      const { serviceWorker } = navigator
      const covered = new Promise<void>((resolve) => {
        serviceWorker.addEventListener('controllerchange', () => {
          if (serviceWorker.controller) resolve()
        })
      })
      Object.assign(window, { covered })
    })
  }
  const session = await tabs[0]!.context().newCDPSession(tabs[0]!)
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'service_workers' })
  await session.detach()
  if (origin !== app.origin) return
  for (const tab of tabs) {
    await tab.evaluate(() => Reflect.get(window, 'covered') as Promise<void>)
  }
}

test('a guardian that the browser removed is registered again by the open tabs, which refresh, sign out and sign in', async ({
  context,
  app,
  signIn,
  page,
  control,
}) => {
  await signIn(page)
  const tabs = await openCrowd(context, app.origin, 3)
  await page.close()
  await removeWorkers(tabs, app, app.guardianOrigin)
  await everyTabSays(tabs, 'signed-in')
  await control.api.refuseIssuedTokens()
  const reports = await Promise.all(tabs.map((tab) => mixedCalls(tab, app.apiOrigin, 4)))
  expect(reports.flat().filter(({ ending }) => ending !== 'answered')).toEqual([])
  expect(await control.as.count('POST /token')).toBe(2)

  const [first, second] = tabs as [Page, Page]
  await removeWorkers(tabs, app, app.guardianOrigin)
  await second.evaluate(() => window.client.logout({ localOnly: true }))
  await everyTabSays(tabs, 'signed-out')
  await removeWorkers(tabs, app, app.guardianOrigin)
  await signInHere(first)
  await everyTabSays(tabs, 'signed-in')
})

test('a forwarder that the browser removed is registered again by the open tabs, and calls go on', async ({
  context,
  app,
  signIn,
  page,
}) => {
  await signIn(page)
  const tabs = await openCrowd(context, app.origin, 3)
  await page.close()
  await removeWorkers(tabs, app, app.origin)
  const reports = await Promise.all(tabs.map((tab) => mixedCalls(tab, app.apiOrigin, 4)))
  expect(reports.flat().filter(({ ending }) => ending !== 'answered')).toEqual([])
  await everyTabSays(tabs, 'signed-in')
})
