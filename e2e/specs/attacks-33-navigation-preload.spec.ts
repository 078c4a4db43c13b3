import type { Page } from '@playwright/test'

import { enterPassword, signInButton, status } from '../fixtures/app.ts'
import { expect, test } from '../fixtures/attack-app.ts'
import type { Variant } from '../fixtures/variants.ts'

/** Asks the browser to send every navigation to the server of the app as well; any script of the origin can. */
async function enablePreload(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { navigationPreload } = await navigator.serviceWorker.ready
    await navigationPreload.enable()
  })
}

for (const variant of ['form_post', 'fragment', 'query'] as const satisfies Variant[]) {
  for (const when of ['before the sign-in', 'while the user is at the server'] as const) {
    test.describe(`response_mode=${variant}`, () => {
      test.use({ variant })
      // Known to be open on one origin: preload switched on by another tab while the user is at the server. The browser then
      // sends the URL to the app's server beside the worker, and in `query` mode it holds the code. The README says so.
      const isOpen = variant === 'query' && when !== 'before the sign-in'
      test.fail(({ topology }) => topology === 'same-origin' && isOpen)

      test(`preload that script enabled ${when} brings no code to the server of the app`, async ({
        page,
        context,
        app,
        open,
        control,
      }) => {
        const other = await context.newPage()
        await other.goto(`${app.origin}/offline.html`)
        await open(page)
        if (when === 'before the sign-in') await enablePreload(page)
        await signInButton(page).click()
        await expect(page.getByLabel('Username')).toBeVisible()
        if (when !== 'before the sign-in') await enablePreload(other)
        await enterPassword(page)
        await expect(status(page)).toHaveText('signed-in as alice')
        for (const server of [control.app, control.guardian]) {
          const log = await server.log('/auth/')
          expect(log.filter(({ hadCode }) => hadCode)).toEqual([])
        }
      })
    })
  }
}
