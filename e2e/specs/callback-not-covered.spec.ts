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
      app,
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
      if (app.vaultOrigin !== undefined) {
        // The vault's own page took the response, and waits for its worker.
        await expect(page.getByText('Signing in needs a service worker')).toBeVisible()
        expect(await control.as.count('POST /token')).toBe(0)
        await devtools.send('Network.setBypassServiceWorker', { bypass: false })
        await page.reload()
        await expect(status(page)).toHaveText('signed-in as alice')
        const issued = await secrets()
        expect(findSecrets((await navigationHistory(page)).join('\n'), issued)).toEqual([])
        expect(findSecrets(await everythingReachable(page), issued)).toEqual([])
        return
      }
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

    test('a response after the worker was unregistered: callback-not-covered on one origin, completed by a vault', async ({
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
      await other.goto(
        `${app.guardianOrigin}/${app.vaultOrigin === undefined ? 'offline' : '404'}.html`,
      )
      await signInButton(page).click()
      await page.getByLabel('Username').fill('alice')
      await other.evaluate(async () => {
        const registrations = await navigator.serviceWorker.getRegistrations()
        await Promise.all(registrations.map((registration) => registration.unregister()))
      })
      await other.close()
      await signInButton(page).click()
      const outcome = app.vaultOrigin === undefined ? 'signed-out' : 'signed-in as alice'
      await expect(status(page)).toHaveText(outcome)
      if (app.vaultOrigin === undefined) {
        await expect(code(page)).toHaveText('callback-not-covered')
        expect(await control.as.count('POST /token')).toBe(0)
      }
      const known = await secrets()
      expect(known.filter(({ name }) => name.startsWith('codes'))).toHaveLength(1)
      expect(findSecrets((await navigationHistory(page)).join('\n'), known)).toEqual([])
      expect(findSecrets(await everythingReachable(page), known)).toEqual([])
      if (app.vaultOrigin === undefined) await signIn(page)
      expect(await callApi(page)).toMatchObject({ status: 200 })
    })
  })
}
