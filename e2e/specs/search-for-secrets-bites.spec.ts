import { expect, findSecrets, signInButton, test } from '../fixtures/app.ts'

test('the search for secrets finds the code where no worker and no server protects the callback', async ({
  page,
  open,
  startApp,
  everythingReachable,
  secrets,
}) => {
  const { origin, server } = await startApp({
    protections: { callback: false, workerGuard: false },
  })
  await open(page, origin)
  await signInButton(page).click()
  await expect(page.getByLabel('Username')).toBeVisible()
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.setBypassServiceWorker', { bypass: true })
  await page.getByLabel('Username').fill('alice')
  await signInButton(page).click()
  await page.waitForURL(/\/auth\/callback/)
  const known = await secrets()
  const found = findSecrets(await everythingReachable(page), known)
  expect(found).toContain('codes[0] (plain)')
  expect(found).toContain('states[0] (plain)')
  expect(server.control.report().log.some(({ hadCode }) => hadCode)).toBe(true)
})

test('the search for secrets finds a token in every place that it looks into', async ({
  page,
  app,
  signIn,
  secrets,
  everythingReachable,
  recorder,
}) => {
  await signIn(page)
  const known = await secrets()
  const token = known.find(({ name }) => name === 'accessTokens[0]')?.value ?? ''
  const places: Record<string, (token: string) => unknown> = {
    localStorage: (value) => localStorage.setItem('t', value),
    sessionStorage: (value) => sessionStorage.setItem('t', btoa(`.${value}.`)),
    cookie: (value) => (document.cookie = `t=${value.slice(-342)}`),
    'history state': (value) => history.replaceState({ deep: [{ value }] }, ''),
    URL: (value) => history.replaceState(null, '', `/?t=${value}`),
    console: (value) => console.log(value),
    'window message': (value) => postMessage({ value }, location.origin),
    cache: async (value) => (await caches.open('t')).put('/t', new Response(value)),
    resource: (value) => fetch(`/?t=${value}`),
    IndexedDB: (value) =>
      new Promise((resolve) => {
        const opening = indexedDB.open('t')
        opening.onupgradeneeded = () => opening.result.createObjectStore('t')
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('t', 'readwrite')
          transaction.objectStore('t').put({ bytes: new TextEncoder().encode(value) }, 't')
          transaction.oncomplete = () => {
            opening.result.close()
            resolve(undefined)
          }
        }
      }),
  }
  for (const [place, put] of Object.entries(places)) {
    recorder.forget()
    const fresh = await page.context().newPage()
    await fresh.goto(`${app.origin}/client.html`)
    expect(findSecrets(await everythingReachable(fresh), known), 'before').toEqual([])
    await fresh.evaluate(put, token)
    await expect
      .poll(async () => findSecrets(await everythingReachable(fresh), known).length, place)
      .toBeGreaterThan(0)
    await fresh.evaluate(async () => {
      localStorage.clear()
      sessionStorage.clear()
      document.cookie = 't=; max-age=0'
      await caches.delete('t')
      indexedDB.deleteDatabase('t')
    })
    await fresh.close()
  }
})
