import type { BrowserContext } from '@playwright/test'

import { callApi, code, signInButton, status } from '../fixtures/app.ts'
import { expect, test } from '../fixtures/attack-app.ts'

/** What one script did, and what is left of it after its page, its worker and its tab are gone. */
async function raidDatabase(
  context: BrowserContext,
  origin: string,
  version: number,
): Promise<void> {
  const tab = await context.newPage()
  await tab.goto(`${origin}/offline.html`)
  await tab.evaluate(
    (wanted) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('token-guardian', wanted)
        opening.onsuccess = () => {
          opening.result.close()
          resolve()
        }
        opening.onerror = () => reject(opening.error ?? new Error('open'))
      }),
    version,
  )
  await tab.close()
}

test('a database of a higher version, made by script, does not stop later sign-ins', async ({
  page,
  context,
  app,
  open,
  killWorker,
}) => {
  await open(page)
  await raidDatabase(context, app.origin, 9999)
  await killWorker(page)
  await page.reload()
  await expect(status(page)).toHaveText('signed-out')
  await signInButton(page).click()
  await expect(page.getByLabel('Username')).toBeVisible({ timeout: 8000 })
})

test('an empty database, made by script before the guardian’s first, does not stop sign-ins', async ({
  page,
  context,
  app,
  open,
}) => {
  await raidDatabase(context, app.origin, 1)
  await open(page)
  await signInButton(page).click()
  await expect(page.getByLabel('Username')).toBeVisible({ timeout: 8000 })
})

test('a tab that holds the database or the locks delays other tabs but hangs nobody', async ({
  page,
  context,
  app,
  open,
  signIn,
  clock,
}) => {
  test.slow()
  const holder = await context.newPage()
  await open(holder, app.origin)
  await holder.evaluate(() => {
    void navigator.locks.request(
      'token-guardian refresh default',
      { steal: true },
      () => new Promise(() => undefined),
    )
    const opening = indexedDB.open('token-guardian')
    opening.onsuccess = () => {
      const names = [...opening.result.objectStoreNames]
      const transaction = opening.result.transaction(names, 'readwrite')
      const store = transaction.objectStore('errands')
      const keep = (): void => {
        store.get('x').onsuccess = keep
      }
      keep()
    }
  })
  await open(page)
  await signInButton(page).click()
  await expect(code(page)).toHaveText('storage-unavailable', { timeout: 20_000 })
  await holder.close()
  await signIn(page)
  await clock(61)
  expect(await callApi(page)).toMatchObject({ status: 200 })
})
