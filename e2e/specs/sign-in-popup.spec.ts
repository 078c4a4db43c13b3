import type { Page } from '@playwright/test'

import { callApi, code, enterPassword, events, expect, status, test } from '../fixtures/app.ts'

async function openPopup(page: Page): Promise<Page> {
  const opening = page.waitForEvent('popup')
  await page.getByRole('button', { name: 'Sign in (popup)' }).click()
  return opening
}

test('a sign-in by popup closes it and leaves the page where it is', async ({
  page,
  app,
  open,
  expectNoSecrets,
}) => {
  await open(page, `${app.origin}/?view=list`)
  await page.evaluate(() => Object.assign(window, { sameDocument: true }))
  const popup = await openPopup(page)
  const closed = popup.waitForEvent('close')
  await enterPassword(popup)
  await closed
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(page.url()).toBe(`${app.origin}/?view=list`)
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
  expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  await expectNoSecrets(page)
})

test('every other tab learns of a sign-in by popup', async ({ page, context, open }) => {
  const other = await context.newPage()
  await Promise.all([open(page), open(other)])
  await page.bringToFront()
  await enterPassword(await openPopup(page))
  for (const tab of [page, other]) await expect(status(tab)).toHaveText('signed-in as alice')
})

test('a refusal in the popup is that of the sign-in', async ({ page, open }) => {
  await open(page)
  const popup = await openPopup(page)
  const closed = popup.waitForEvent('close')
  await popup.getByRole('button', { name: 'Cancel' }).click()
  await closed
  await expect(code(page)).toHaveText('access-denied')
  await expect(status(page)).toHaveText('signed-out')
})

test('a popup that the user closes ends the sign-in, and the next one works', async ({
  page,
  open,
}) => {
  await open(page)
  const popup = await openPopup(page)
  await expect(popup.getByLabel('Username')).toBeVisible()
  await popup.close()
  await expect(code(page)).toHaveText('popup-closed')
  await expect(status(page)).toHaveText('signed-out')
  await enterPassword(await openPopup(page))
  await expect(status(page)).toHaveText('signed-in as alice')
})

test('a popup whose first page does not load can be closed', async ({ page, open, control }) => {
  await open(page)
  await control.guardian.fault('/popup.html', 'hang', { times: 1 })
  // The driver shows a popup only after its first answer.
  await page.evaluate(() => {
    const openWindow = window.open.bind(window)
    window.open = (...args) => {
      const popup = openWindow(...args)
      Object.assign(window, { popup })
      return popup
    }
  })
  await page.getByRole('button', { name: 'Sign in (popup)' }).click()
  await page.evaluate(() => (Reflect.get(window, 'popup') as Window).close())
  await expect(code(page)).toHaveText('popup-closed')
  await expect(status(page)).toHaveText('signed-out')
})

test('a popup whose first page does not load goes on without it', async ({
  page,
  open,
  control,
}) => {
  await open(page)
  await control.guardian.fault('/popup.html', 'hang', { times: 1 })
  await enterPassword(await openPopup(page))
  await expect(status(page)).toHaveText('signed-in as alice')
})

test('a popup that the browser does not open says so and asks nobody', async ({
  page,
  open,
  control,
}) => {
  await open(page)
  await page.evaluate(() => Object.assign(window, { open: () => null }))
  await page.getByRole('button', { name: 'Sign in (popup)' }).click()
  await expect(code(page)).toHaveText('popup-blocked')
  await expect(events(page)).not.toContainText('signed-in')
  expect(await control.as.count('GET /auth')).toBe(0)
})
