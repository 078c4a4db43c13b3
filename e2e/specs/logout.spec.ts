import {
  callApi,
  enterPassword,
  expect,
  signInButton,
  signOut,
  status,
  test,
} from '../fixtures/app.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'

for (const variant of ['query', 'persistent'] as const) {
  test.describe(`${variant} variant`, () => {
    test.use({ variant })

    test('a sign-out ends the session here, revokes the tokens and ends the session at the server', async ({
      page,
      app,
      signIn,
      control,
      expectNoSecrets,
    }) => {
      await signIn(page)
      await signOut(page, app)
      expect(page.url()).toBe(`${app.origin}/`)
      // The last test's revocation may still come in.
      await expect.poll(() => control.as.count('POST /revoke')).toBeGreaterThanOrEqual(2)
      expect(await control.as.count('GET /logout')).toBe(1)
      expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 401 })
      // The ID Token hint is among the secrets that are looked for.
      await expectNoSecrets(page)

      // The server forgot the user as well: it asks for the password again.
      await signInButton(page).click()
      await expect(page.getByLabel('Username')).toBeVisible()
      await enterPassword(page)
      await expect(status(page)).toHaveText('signed-in as alice')
    })

    test('a sign-out is done here at once while the server does not answer, in every tab', async ({
      page,
      context,
      app,
      open,
      signIn,
      control,
    }) => {
      await signIn(page)
      const other = await context.newPage()
      await open(other)
      await expect(status(other)).toHaveText('signed-in as alice')
      await control.as.fault('/', 'hang')
      await page.getByRole('button', { name: 'Sign out' }).click({ noWaitAfter: true })
      await expect(status(other)).toHaveText('signed-out')
      expect(await callApi(other)).toMatchObject({ status: 401 })
      expect((await control.api.log('/v1/')).at(-1)).toMatchObject({ authorization: 'none' })
      await expect.poll(() => control.as.count('GET /logout')).toBe(1)
      // The navigation still waits for the server; the app is left for it and comes back.
      await page.goto(app.origin)
      await expect(status(page)).toHaveText('signed-out')
    })
  })
}

test('a sign-out during a refresh is not undone by the answer, and what it brought is revoked', async ({
  page,
  app,
  context,
  open,
  signIn,
  clock,
  control,
}) => {
  await signIn(page)
  const other = await context.newPage()
  await open(other)
  await clock(61)
  await control.as.fault('/token', 'hang-after', { times: 1 })
  const call = fetchInPage(other, `${app.apiOrigin}/v1/me`)
  await expect.poll(async () => (await control.as.issued()).refreshTokens.length).toBe(2)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(status(other)).toHaveText('signed-out')
  await control.as.release()
  expect((await call).status).not.toBe(200)
  // The refresh and the access token of the session, and those of the answer.
  await expect.poll(() => control.as.count('POST /revoke')).toBe(4)
  await open(other)
  await expect(status(other)).toHaveText('signed-out')
  expect(await callApi(other)).toMatchObject({ status: 401 })
})

test('a local sign-out leaves the server alone', async ({ page, app, signIn, control }) => {
  await signIn(page)
  await page.goto(`${app.origin}/client.html`)
  await page.waitForFunction(() => window.client?.session.status === 'signed-in')
  await page.evaluate(() => window.client.logout({ localOnly: true }))
  await page.waitForFunction(() => window.client.session.status === 'signed-out')
  expect(page.url()).toBe(`${app.origin}/client.html`)
  expect(await control.as.count('POST /revoke')).toBe(0)
  expect(await control.as.count('GET /logout')).toBe(0)
})
