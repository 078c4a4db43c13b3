import type { CDPSession, Page } from '@playwright/test'

import { callApi, expect, test } from '../fixtures/app.ts'

/** Follows whether a worker of the page's origin runs, as the browser sees it. */
async function watchWorker(
  page: Page,
  origin: string,
): Promise<{ cdp: CDPSession; running: () => boolean }> {
  const cdp = await page.context().newCDPSession(page)
  let status = 'stopped'
  cdp.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
    for (const version of versions) {
      if (!version.scriptURL.startsWith(`${origin}/`)) continue
      if (version.status === 'activated') status = version.runningStatus
    }
  })
  await cdp.send('ServiceWorker.enable')
  return { cdp, running: () => status !== 'stopped' }
}

test('a request to another origin does not start the worker, one to the API does', async ({
  page,
  app,
  signIn,
  startApp,
}) => {
  const own = await startApp({ connectOrigins: [app.foreignOrigin] })
  await signIn(page, 'alice', own.origin)
  const worker = await watchWorker(page, own.origin)
  await worker.cdp.send('ServiceWorker.stopAllWorkers')
  await expect.poll(worker.running).toBe(false)

  const foreign = await page.evaluate(
    async (url) => (await fetch(url)).status,
    `${app.foreignOrigin}/anything`,
  )
  expect(foreign).toBe(200)
  expect(worker.running(), 'the static routes sent it to the network').toBe(false)

  await callApi(page)
  await expect.poll(worker.running).toBe(true)
})
