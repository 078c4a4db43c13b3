import type { Page } from '@playwright/test'

import { enterPassword, findSecrets, signInButton, signOut, status } from '../fixtures/app.ts'
import { expect, runCard, test } from '../fixtures/attack-app.ts'
import { databasesInReach, readRows } from '../fixtures/attack-storage.ts'

/** Tries every text that the page can find as the key of the pending transaction. */
async function openTransactions(page: Page, texts: readonly string[]): Promise<number> {
  return page.evaluate(async (candidates) => {
    const database = await new Promise<IDBDatabase>((resolve) => {
      const opening = indexedDB.open('token-guardian')
      opening.onsuccess = () => resolve(opening.result)
    })
    const rows = await new Promise<{ iv: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer }[]>(
      (resolve) => {
        const asked = database.transaction('transactions').objectStore('transactions').getAll()
        asked.onsuccess = () => resolve(asked.result)
      },
    )
    database.close()
    const utf8 = (text: string): Uint8Array<ArrayBuffer> =>
      new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
    let opened = 0
    for (const text of candidates) {
      const material = await crypto.subtle.importKey('raw', utf8(text), 'HKDF', false, [
        'deriveKey',
      ])
      const info = utf8('token-guardian transaction')
      const key = await crypto.subtle.deriveKey(
        { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
        material,
        { name: 'AES-GCM', length: 256 },
        false,
        ['decrypt'],
      )
      for (const { iv, sealed } of rows) {
        const plain = await crypto.subtle
          .decrypt({ name: 'AES-GCM', iv }, key, sealed)
          .catch(() => undefined)
        if (plain) opened += 1
      }
    }
    return opened
  }, texts)
}

test('while a sign-in waits, another tab reads no verifier, state or nonce and opens no stored transaction', async ({
  page,
  context,
  app,
  open,
  everythingReachable,
  secrets,
  control,
}) => {
  await open(page)
  await signInButton(page).click()
  await expect(page.getByLabel('Username')).toBeVisible()
  const spy = await context.newPage()
  await open(spy, app.origin)
  if (app.vaultOrigin !== undefined) {
    expect(await databasesInReach(spy), 'all of it is the vault’s').toEqual([])
  } else {
    const rows = await readRows(spy, 'transactions')
    expect(rows, 'there is something to open').toHaveLength(1)
    const errands = await readRows(spy, 'errands')
    const texts = [...rows, ...errands].flatMap((row) => Object.values(row)).map(String)
    expect(await openTransactions(spy, texts)).toBe(0)
  }
  const seen = await everythingReachable(spy)
  expect(await runCard(spy, 'read-every-storage')).toMatchObject({ outcome: 'held' })
  expect(await runCard(spy, 'use-stored-keys')).toMatchObject({ outcome: 'held' })

  if (app.vaultOrigin === undefined) {
    const { states } = await control.as.issued()
    expect(await openTransactions(spy, states), 'bites: the state alone opens it').toBe(1)
  }
  await enterPassword(page)
  await expect(status(page)).toHaveText('signed-in as alice')
  const known = await secrets()
  expect(known.filter(({ name }) => name.startsWith('verifiers'))).toHaveLength(1)
  expect(findSecrets(seen, known)).toEqual([])
})

test('signed in, after a refresh and after a sign-out, nothing secret is in reach', async ({
  page,
  context,
  app,
  open,
  signIn,
  clock,
  control,
  secrets,
  everythingReachable,
  expectNoSecrets,
}) => {
  test.slow()
  const spy = await context.newPage()
  await open(spy, app.origin)
  await signIn(page)
  for (const id of ['read-every-storage', 'use-stored-keys']) {
    expect(await runCard(page, id), id).toMatchObject({ outcome: 'held' })
  }
  await clock(61)
  expect(await runCard(page, 'eavesdrop-refresh')).toMatchObject({ outcome: 'held' })
  expect((await control.as.issued()).accessTokens.length).toBeGreaterThan(1)
  await expectNoSecrets(page)
  await signOut(page, app)
  expect(await runCard(page, 'read-every-storage')).toMatchObject({ outcome: 'held' })
  // The state of a sign-out is the name of its errand, which pages know and which opens nothing.
  const known = (await secrets()).filter(({ name }) => name !== 'states[1]')
  for (const tab of [page, spy]) {
    expect(findSecrets(await everythingReachable(tab), known)).toEqual([])
  }
})

test('bites: the same search finds what a naive worker keeps', async ({
  page,
  context,
  startNaive,
  signInNaively,
  everythingReachable,
  secrets,
}) => {
  const naive = await startNaive()
  await page.goto(naive.origin)
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await page.goto(`${naive.origin}/auth/login`)
  await expect(page.getByLabel('Username')).toBeVisible()
  const spy = await context.newPage()
  await spy.goto(naive.origin)
  const seen = await everythingReachable(spy)
  await signInNaively(page, naive)
  const known = await secrets()
  expect(findSecrets(seen, known)).toEqual(expect.arrayContaining(['states[0] (plain)']))
  const now = findSecrets(await everythingReachable(page), known)
  expect(now).toEqual(
    expect.arrayContaining(['accessTokens[0] (plain)', 'refreshTokens[0] (plain)']),
  )
  expect(await runCard(page, 'read-every-storage')).toMatchObject({ outcome: 'leak' })
})

test.describe('with persistent storage', () => {
  test.use({ variant: 'persistent' })

  test('a script that uses the stored key: known to get the tokens of one origin, gets none of a vault', async ({
    page,
    app,
    signIn,
  }) => {
    await signIn(page)
    expect(await runCard(page, 'read-every-storage')).toMatchObject({ outcome: 'held' })
    const outcome = app.vaultOrigin === undefined ? 'leak' : 'held'
    expect(await runCard(page, 'use-stored-keys')).toMatchObject({ outcome })
  })
})
