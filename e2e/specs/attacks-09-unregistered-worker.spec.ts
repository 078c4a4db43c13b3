import type { Page } from '@playwright/test'

import { callApi, code, signInButton, status } from '../fixtures/app.ts'
import { expect, test } from '../fixtures/attack-app.ts'
import { askGuardian } from '../fixtures/ask-guardian.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'

async function unregister(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) {
      await registration.unregister()
    }
  })
}

test('a worker that was unregistered: tampered, no sign-in; a guardian drops and revokes its tokens, those of a vault stay', async ({
  page,
  app,
  signIn,
  control,
  expectNoSecrets,
}) => {
  await signIn(page)
  await unregister(page)
  await expect(code(page)).toHaveText('tampered', { timeout: 15_000 })
  await expect(status(page)).toHaveText('unprotected')
  if (app.vaultOrigin === undefined) {
    await expect.poll(() => control.as.count('POST /revoke')).toBe(2)
    expect(await callApi(page)).toMatchObject({ status: 401 })
    expect((await control.api.log('/v1/me')).at(-1)).toMatchObject({ authorization: 'none' })
  }
  await signInButton(page).click()
  await expect(code(page)).toHaveText(/tampered|page-not-covered/)
  expect(await control.as.count('GET /auth')).toBe(1)
  if (app.vaultOrigin === undefined) return
  // The running worker still forwards, which any script of the page could do in its place (attacks-51).
  expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  await expectNoSecrets(page)
  expect(await control.as.count('POST /revoke')).toBe(0)
  await page.reload()
  await expect(status(page)).toHaveText('signed-in as alice')
})

test('another tab notices too, also when the script keeps its own page from looking', async ({
  page,
  context,
  app,
  open,
  signIn,
  control,
}) => {
  const other = await context.newPage()
  await open(other, app.origin)
  await signIn(page)
  await page.evaluate(() => {
    navigator.serviceWorker.getRegistration = () => Promise.resolve(undefined)
    for (let timer = 1; timer < 1000; timer += 1) clearInterval(timer)
  })
  await unregister(page)
  await expect(code(other)).toHaveText('tampered', { timeout: 15_000 })
  if (app.vaultOrigin !== undefined) return
  await expect.poll(() => control.as.count('POST /revoke')).toBe(2)
  expect((await fetchInPage(page, `${app.apiOrigin}/v1/me`)).status).toBe(401)
})

test('known to be open: a script that registers the worker again at once is not noticed', async ({
  page,
  signIn,
  control,
}) => {
  await signIn(page)
  await unregister(page)
  await page.evaluate(async () => navigator.serviceWorker.register('/sw.js'))
  const reply = await askGuardian(page, { type: 'check-registration' })
  expect(reply.value).toEqual({ registered: true })
  expect(await control.as.count('POST /revoke')).toBe(0)
  await expect(status(page)).toHaveText('signed-in as alice')
})

test('bites: a naive worker that was unregistered goes on giving tokens', async ({
  page,
  app,
  startNaive,
  signInNaively,
}) => {
  const naive = await startNaive()
  await signInNaively(page, naive)
  await unregister(page)
  expect((await fetchInPage(page, `${app.apiOrigin}/v1/me`)).status).toBe(200)
})

test('after the attack a reload and a new sign-in work, also with a second tab open', async ({
  page,
  context,
  app,
  open,
  signIn,
}) => {
  const other = await context.newPage()
  await open(other, app.origin)
  await signIn(page)
  await unregister(page)
  await askGuardian(page, { type: 'check-registration' })
  await expect(code(page)).toHaveText('tampered', { timeout: 15_000 })
  // The browser gives the old worker back its registration, for the other tab still uses it.
  await page.reload()
  const kept = app.vaultOrigin === undefined ? 'signed-out' : 'signed-in as alice'
  await expect(status(page)).toHaveText(kept)
})
