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
  test.describe(`response_mode=${variant}`, () => {
    test.use({ variant })

    for (const when of ['before the sign-in', 'while the user is at the server'] as const) {
      // Known to be open: preload switched on by another tab while the user is at the server. The browser then sends the URL
      // to the app's server beside the worker, and in `query` mode it holds the code. The README says so.
      const check = variant === 'query' && when !== 'before the sign-in' ? test.fail : test

      check(
        `preload that script enabled ${when} brings no code to the server of the app`,
        async ({ page, context, app, open, control }) => {
          const other = await context.newPage()
          await other.goto(`${app.origin}/offline.html`)
          await open(page)
          if (when === 'before the sign-in') await enablePreload(page)
          await signInButton(page).click()
          await expect(page.getByLabel('Username')).toBeVisible()
          if (when !== 'before the sign-in') await enablePreload(other)
          await enterPassword(page)
          await expect(status(page)).toHaveText('signed-in as alice')
          const log = await control.app.log('/auth/')
          expect(log.filter(({ hadCode }) => hadCode)).toEqual([])
        },
      )
    }
  })
}
