import {
  callApi,
  code,
  enterPassword,
  expect,
  signInButton,
  status,
  test,
} from '../fixtures/app.ts'
import { killDuringExchange } from '../fixtures/kill-during-exchange.ts'
import { fetchInPage, fetchManyInPage } from '../fixtures/page-calls.ts'

test.use({ variant: 'query' })

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
}) => {
  await killDuringExchange(page, open, control)
  // Chromium leaves the navigation pending, so the user opens the app again.
  await open(page)
  await expect(status(page)).toHaveText('signed-out')
  await signIn(page)
  expect(await callApi(page)).toMatchObject({ status: 200 })
})

test('killed after the exchange: the loss is reported at the next call, and a new sign-in works', async ({
  page,
  signIn,
  killWorker,
  control,
}) => {
  await signIn(page)
  await killWorker(page)
  expect(await callApi(page)).toMatchObject({ status: 401 })
  expect((await control.api.log('/v1/')).map((entry) => entry.authorization)).toEqual(['none'])
  await expect(status(page)).toHaveText('interaction-required')
  await expect(code(page)).toHaveText('session-lost')
  await signIn(page)
  expect(await callApi(page)).toMatchObject({ status: 200 })
})

test('killed after the exchange: the loss is reported by a reload, in every tab', async ({
  page,
  context,
  app,
  open,
  signIn,
  killWorker,
}) => {
  await signIn(page)
  const other = await context.newPage()
  await open(other, app.origin)
  await expect(status(other)).toHaveText('signed-in as alice')
  await killWorker(page)
  await page.reload()
  for (const tab of [page, other]) {
    await expect(status(tab)).toHaveText('interaction-required')
    await expect(code(tab)).toHaveText('session-lost')
  }
})

test('killed during a refresh: the call is answered, and the loss is reported', async ({
  page,
  app,
  signIn,
  clock,
  killWorker,
  control,
}) => {
  await signIn(page)
  await clock(61)
  await control.as.fault('/token', 'hang', { times: 1 })
  const call = fetchInPage(page, `${app.apiOrigin}/v1/me`)
  await expect.poll(() => control.as.count('POST /token')).toBe(2)
  await killWorker(page)
  expect(await call).toMatchObject({ status: 401 })
  await expect(status(page)).toHaveText('interaction-required')
  await expect(code(page)).toHaveText('session-lost')
})

test('killed during 20 parallel calls: none hangs, and the loss is reported once', async ({
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
  await killWorker(page)
  expect((await calls).map((outcome) => outcome.status)).toEqual(urls.map(() => 401))
  await expect(status(page)).toHaveText('interaction-required')
  await expect(code(page)).toHaveText('session-lost')
  const told = page.getByTestId('events').getByText('session-lost')
  await expect(told).toHaveCount(1)
})
