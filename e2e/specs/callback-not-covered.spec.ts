import {
  callApi,
  code,
  expect,
  findSecrets,
  navigationHistory,
  signInButton,
  status,
  test,
} from '../fixtures/app.ts'
import type { Variant } from '../fixtures/variants.ts'

const modes: readonly Variant[] = ['query', 'fragment', 'form_post']

for (const variant of modes) {
  test.describe(`response mode ${variant}`, () => {
    test.use({ variant })

    test('a response that comes around the worker: the page never has the code, says so, and can sign in', async ({
      page,
      open,
      signIn,
      control,
      everythingReachable,
      secrets,
    }) => {
      await open(page)
      await signInButton(page).click()
      await page.getByLabel('Username').fill('alice')
      const devtools = await page.context().newCDPSession(page)
      await devtools.send('Network.enable')
      await devtools.send('Network.setBypassServiceWorker', { bypass: true })
      await signInButton(page).click()
      await expect(page.getByRole('heading', { name: 'Token Guardian demo' })).toBeVisible()
      await devtools.send('Network.setBypassServiceWorker', { bypass: false })
      // This page was loaded around the worker as well, so it is not covered until it is loaded again.
      const known = await secrets()
      const responses = known.filter(({ name }) => /^(codes|states)/.test(name))
      expect(responses.length).toBeGreaterThan(1)
      expect(findSecrets((await navigationHistory(page)).join('\n'), responses)).toEqual([])
      expect(findSecrets(await everythingReachable(page), known)).toEqual([])
      expect(await control.as.count('POST /token')).toBe(0)
      await signIn(page)
      expect(await callApi(page)).toMatchObject({ status: 200 })
    })

    test('a response after the worker was unregistered: signed-out with callback-not-covered, and sign-in works', async ({
      page,
      context,
      app,
      open,
      signIn,
      control,
      everythingReachable,
      secrets,
    }) => {
      await open(page)
      const other = await context.newPage()
      await other.goto(`${app.origin}/offline.html`)
      await signInButton(page).click()
      await page.getByLabel('Username').fill('alice')
      await other.evaluate(async () => {
        const registrations = await navigator.serviceWorker.getRegistrations()
        await Promise.all(registrations.map((registration) => registration.unregister()))
      })
      await other.close()
      await signInButton(page).click()
      await expect(status(page)).toHaveText('signed-out')
      await expect(code(page)).toHaveText('callback-not-covered')
      const known = await secrets()
      expect(known.filter(({ name }) => name.startsWith('codes'))).toHaveLength(1)
      expect(findSecrets((await navigationHistory(page)).join('\n'), known)).toEqual([])
      expect(findSecrets(await everythingReachable(page), known)).toEqual([])
      expect(await control.as.count('POST /token')).toBe(0)
      await signIn(page)
      expect(await callApi(page)).toMatchObject({ status: 200 })
    })
  })
}
