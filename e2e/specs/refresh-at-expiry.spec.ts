import { callApi, expect, test } from '../fixtures/app.ts'
import { fetchManyInPage } from '../fixtures/page-calls.ts'

test('a request with an expired token waits for the refresh and goes out once, with the new token', async ({
  page,
  signIn,
  clock,
  control,
}) => {
  await signIn(page)
  await clock(61)
  await control.as.fault('/token', 'hang')
  const calling = callApi(page)
  await expect.poll(() => control.as.count('POST /token')).toBe(2)
  expect(await control.api.log('/v1/')).toEqual([])
  await control.as.release()
  expect(await calling).toMatchObject({ status: 200 })
  expect(await control.api.log('/v1/')).toHaveLength(1)
})

test('8 tabs with 25 calls each on an expired token make exactly one refresh, and all calls succeed', async ({
  page,
  context,
  app,
  signIn,
  clock,
  control,
}) => {
  await signIn(page)
  const others = await Promise.all(
    Array.from({ length: 7 }, async () => {
      const tab = await context.newPage()
      await tab.goto(`${app.origin}/client.html`)
      await tab.waitForFunction(() => window.client?.session.status === 'signed-in')
      return tab
    }),
  )
  await clock(61)
  // Slow enough that every call begins while the refresh is under way.
  await control.as.fault('/token', 'hang')
  const urls = Array.from({ length: 25 }, (_, n) => `${app.apiOrigin}/v1/me?n=${n}`)
  const calls = Promise.all([page, ...others].map((tab) => fetchManyInPage(tab, urls)))
  await expect.poll(() => control.as.count('POST /token')).toBe(2)
  await control.as.release()
  const outcomes = (await calls).flat()
  expect(outcomes).toHaveLength(200)
  expect(outcomes.filter(({ status }) => status !== 200)).toEqual([])
  expect(await control.as.count('POST /token')).toBe(2)
})

test('8 tabs with 25 calls each on a token that the API refuses make exactly one refresh', async ({
  page,
  context,
  app,
  signIn,
  control,
}) => {
  await signIn(page)
  const others = await Promise.all(
    Array.from({ length: 7 }, async () => {
      const tab = await context.newPage()
      await tab.goto(`${app.origin}/client.html`)
      await tab.waitForFunction(() => window.client?.session.status === 'signed-in')
      return tab
    }),
  )
  await control.api.refuseIssuedTokens()
  const urls = Array.from({ length: 25 }, (_, n) => `${app.apiOrigin}/v1/me?n=${n}`)
  const outcomes = await Promise.all([page, ...others].map((tab) => fetchManyInPage(tab, urls)))
  expect(outcomes.flat().filter(({ status }) => status !== 200)).toEqual([])
  expect(await control.as.count('POST /token')).toBe(2)
})
