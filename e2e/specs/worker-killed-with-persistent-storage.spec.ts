import {
  callApi,
  code,
  enterPassword,
  events,
  expect,
  signInButton,
  status,
  test,
} from '../fixtures/app.ts'
import { killDuringExchange } from '../fixtures/kill-during-exchange.ts'
import { fetchInPage, fetchManyInPage } from '../fixtures/page-calls.ts'

test.use({ variant: 'persistent' })

test('killed before the exchange: the sign-in completes', async ({ page, open, killWorker }) => {
  await open(page)
  await signInButton(page).click()
  await expect(page.getByLabel('Username')).toBeVisible()
  await killWorker(page)
  await enterPassword(page)
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(await callApi(page)).toMatchObject({ status: 200 })
})

test('killed during the exchange: nothing is half signed in, and the next sign-in works', async ({
  page,
  open,
  signIn,
  control,
  expectNoSecrets,
}) => {
  await killDuringExchange(page, open, control)
  // Chromium leaves the navigation pending, so the user opens the app again.
  await open(page)
  await expect(status(page)).toHaveText('signed-out')
  await signIn(page)
  expect(await callApi(page)).toMatchObject({ status: 200 })
  expect(await control.as.count('POST /token')).toBe(2)
  await expectNoSecrets(page)
})

test('killed during the exchange: what became of that sign-in is not said of the next one', async ({
  page,
  open,
  signIn,
  control,
}) => {
  await killDuringExchange(page, open, control)
  await signIn(page)
  await expect(events(page)).toContainText('signed-in as alice')
  await expect(events(page)).not.toContainText('sign-in-interrupted')
})

test('killed after the exchange: the session is there', async ({ page, signIn, killWorker }) => {
  await signIn(page)
  await killWorker(page)
  expect(await callApi(page)).toMatchObject({ status: 200 })
  await expect(status(page)).toHaveText('signed-in as alice')
  await killWorker(page)
  await page.reload()
  await expect(status(page)).toHaveText('signed-in as alice')
})

test('killed before a refresh: the refresh runs in the next life of the worker', async ({
  page,
  signIn,
  killWorker,
  control,
}) => {
  await signIn(page)
  await control.api.refuseIssuedTokens()
  await killWorker(page)
  expect(await callApi(page)).toMatchObject({ status: 200 })
  expect(await control.as.count('POST /token')).toBe(2)
})

test('killed during a refresh that the server has not seen: the session and the next request are kept', async ({
  page,
  app,
  signIn,
  killWorker,
  control,
}) => {
  await signIn(page)
  await control.api.refuseIssuedTokens()
  await control.as.fault('/token', 'hang', { times: 1 })
  const first = fetchInPage(page, `${app.apiOrigin}/v1/me`)
  await expect.poll(() => control.as.count('POST /token')).toBe(2)
  await killWorker(page)
  // Chromium hands the request to the next life of the worker, which finds the journal and tries again.
  expect(await first).toMatchObject({ status: 200 })
  expect(await callApi(page)).toMatchObject({ status: 200 })
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(await control.as.count('POST /token')).toBe(3)
})

test('killed during a refresh that the server has carried out: its grace period keeps the session and the request', async ({
  page,
  app,
  signIn,
  killWorker,
  control,
}) => {
  await signIn(page)
  await control.api.refuseIssuedTokens()
  await control.as.fault('/token', 'hang-after', { times: 1 })
  const first = fetchInPage(page, `${app.apiOrigin}/v1/me`)
  await expect.poll(async () => (await control.as.issued()).refreshTokens.length).toBe(2)
  await killWorker(page)
  expect(await first).toMatchObject({ status: 200 })
  await expect(status(page)).toHaveText('signed-in as alice')
  const { usedRefreshTokens, refreshTokens } = await control.as.issued()
  expect(usedRefreshTokens).toEqual([refreshTokens[0], refreshTokens[0]])
})

test('killed during a refresh that a server without grace period has carried out: refresh-interrupted, and a new sign-in works', async ({
  page,
  app,
  signIn,
  killWorker,
  control,
}) => {
  await control.as.run({ do: 'refresh-grace', seconds: 0 })
  try {
    await signIn(page)
    await control.api.refuseIssuedTokens()
    await control.as.fault('/token', 'hang-after', { times: 1 })
    const first = fetchInPage(page, `${app.apiOrigin}/v1/me`)
    await expect.poll(async () => (await control.as.issued()).refreshTokens.length).toBe(2)
    await killWorker(page)
    expect(await first).toMatchObject({ status: 401 })
    await expect(status(page)).toHaveText('interaction-required')
    await expect(code(page)).toHaveText('refresh-interrupted')
    await signIn(page)
    expect(await callApi(page)).toMatchObject({ status: 200 })
  } finally {
    await control.as.run({ do: 'refresh-grace' })
  }
})

test('killed after a refresh: the new token is used', async ({
  page,
  signIn,
  killWorker,
  control,
}) => {
  await signIn(page)
  await control.api.refuseIssuedTokens()
  expect(await callApi(page)).toMatchObject({ status: 200 })
  await killWorker(page)
  expect(await callApi(page)).toMatchObject({ status: 200 })
  expect(await control.as.count('POST /token')).toBe(2)
})

const kills = {
  killed: undefined,
  'only the app’s worker killed': 'app',
  'only the vault’s worker killed': 'guardian',
} as const

for (const [how, which] of Object.entries(kills)) {
  test(`${how} during 20 parallel calls: all are answered`, async ({
    page,
    app,
    signIn,
    killWorker,
    control,
  }) => {
    await signIn(page)
    // As many as Chromium has connections to one host; what comes after them is answered.
    await control.api.fault('/v1/me', 'hang', { times: 6 })
    const urls = Array.from({ length: 20 }, (_, n) => `${app.apiOrigin}/v1/me?n=${n}`)
    const calls = fetchManyInPage(page, urls)
    await expect.poll(async () => (await control.api.log('/v1/me')).length).toBe(6)
    await killWorker(page, which)
    // A vault's frame outlives the workers: what it sent still waits for the API.
    if (app.vaultOrigin !== undefined) await control.api.release()
    expect((await calls).map((outcome) => outcome.status)).toEqual(urls.map(() => 200))
    await expect(status(page)).toHaveText('signed-in as alice')
  })
}

test('killed during 20 parallel calls on a token that the API refuses: all are answered', async ({
  page,
  app,
  signIn,
  killWorker,
  control,
}) => {
  await signIn(page)
  await control.api.refuseIssuedTokens()
  await control.as.fault('/token', 'hang-after', { times: 1 })
  const urls = Array.from({ length: 20 }, (_, n) => `${app.apiOrigin}/v1/me?n=${n}`)
  const calls = fetchManyInPage(page, urls)
  await expect.poll(async () => (await control.as.issued()).refreshTokens.length).toBe(2)
  await killWorker(page)
  expect((await calls).map((outcome) => outcome.status)).toEqual(urls.map(() => 200))
  await expect(status(page)).toHaveText('signed-in as alice')
})

test('killed while a stream is read: the page sees a network error, and the next call works', async ({
  page,
  app,
  signIn,
  killWorker,
}) => {
  await signIn(page)
  await page.evaluate(async (url) => {
    const response = await fetch(url)
    const reader = response.body!.getReader()
    await reader.read()
    Object.assign(window, {
      rest: (async () => {
        while (!(await reader.read()).done);
      })().then(
        () => 'ended',
        (error: Error) => error.name,
      ),
    })
  }, `${app.apiOrigin}/v1/stream?chunks=1000&gapMs=50`)
  await killWorker(page)
  expect(await page.evaluate(() => Reflect.get(window, 'rest') as Promise<string>)).toBe(
    'TypeError',
  )
  expect(await callApi(page)).toMatchObject({ status: 200 })
})
