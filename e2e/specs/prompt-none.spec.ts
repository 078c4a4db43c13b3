import { expect, test } from '../fixtures/app.ts'
import { errorCodes, openClient, signInHere, told } from '../fixtures/client-calls.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'

test.beforeEach(async ({ page, app, signIn }) => {
  await signIn(page)
  await openClient(page, app)
})

test('prompt=none that the server refuses is a typed error, and the session of before goes on', async ({
  page,
  app,
  control,
  expectNoSecrets,
}) => {
  await control.as.expireSessions()
  await signInHere(page, { prompt: 'none' })
  expect(page.url()).toBe(`${app.origin}/client.html`)
  await expect
    .poll(() => told(page, 'error'))
    .toContainEqual({
      name: 'error',
      detail: { code: 'login-required', phase: 'authorization' },
    })
  expect(await page.evaluate(() => window.client.session)).toMatchObject({
    status: 'signed-in',
    user: { sub: 'alice' },
    stale: false,
  })
  expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 200 })
  expect(await control.as.count('POST /token')).toBe(1)
  await expectNoSecrets(page)
})

test('prompt=none that succeeds brings new tokens, and the user sees nothing of it', async ({
  page,
  app,
  control,
}) => {
  await signInHere(page, { prompt: 'none', returnTo: '/client.html#here' })
  expect(page.url()).toBe(`${app.origin}/client.html#here`)
  expect(await errorCodes(page)).toEqual([])
  expect((await control.as.issued()).accessTokens).toHaveLength(2)
  expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 200 })
})
