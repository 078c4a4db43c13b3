import type { Page } from '@playwright/test'

import { callApi, code, findSecrets, signInButton, status } from '../fixtures/app.ts'
import { expect, test } from '../fixtures/attack-app.ts'

const lacks: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  'worker-unsupported': (page) =>
    page.addInitScript(() => {
      Reflect.deleteProperty(Navigator.prototype, 'serviceWorker')
    }),
  'worker-registration-failed': (page) =>
    page.addInitScript(() => {
      ServiceWorkerContainer.prototype.register = () => Promise.reject(new TypeError('blocked'))
    }),
  'page-not-covered': async (page) => {
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Network.setBypassServiceWorker', { bypass: true })
  },
}

for (const [reason, takeAway] of Object.entries(lacks)) {
  test(`${reason}: calls go without a token, sign-in is refused, and the page is given nothing`, async ({
    page,
    app,
    context,
    signIn,
    control,
    everythingReachable,
    secrets,
  }) => {
    // A worker that another tab registered covers this page too, whatever script hides from it. So a session in another
    // tab is possible only where the browser itself goes around the worker.
    const hasSession = reason === 'page-not-covered'
    if (hasSession) await signIn(await context.newPage())
    const signedIn = await control.as.count('GET /auth')
    await takeAway(page)
    await page.goto(app.origin)
    await expect(status(page)).toHaveText('unprotected')
    await expect(code(page)).toHaveText(reason)
    expect(await callApi(page)).toMatchObject({ status: 401 })
    expect((await control.api.log('/v1/me')).at(-1)).toMatchObject({ authorization: 'none' })
    await signInButton(page).click()
    await expect(code(page)).toHaveText(reason)
    await expect(status(page)).toHaveText('unprotected')
    expect(page.url()).toBe(`${app.origin}/`)
    expect(await control.as.count('GET /auth')).toBe(signedIn)
    const known = await secrets()
    expect(known.length > 0).toBe(hasSession)
    expect(findSecrets(await everythingReachable(page), known)).toEqual([])
  })
}
