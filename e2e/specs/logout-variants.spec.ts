import { enterPassword, expect, signInButton, signOut, status, test } from '../fixtures/app.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

const variants = [
  ['auth0', 'GET /v2/logout'],
  ['cognito', 'GET /logout'],
] as const

for (const [logout, endpoint] of variants) {
  test(`a sign-out at ${logout} goes by its logout and comes back to the app`, async ({
    page,
    app,
    signIn,
    startApp,
    control,
    expectNoSecrets,
  }) => {
    const own = await startApp({ root: await buildOwnDemo(logout, app, { client: { logout } }) })
    await signIn(page, 'alice', `${own.origin}/?view=list`)
    await signOut(page, own)
    expect(page.url()).toBe(`${own.origin}/`)
    expect(await control.as.count(endpoint)).toBe(1)
    await expect.poll(() => control.as.count('POST /revoke')).toBe(2)
    await expectNoSecrets(page)
  })
}

test('with `none` the server is left alone but for the tokens: the next sign-in needs no password', async ({
  page,
  app,
  signIn,
  startApp,
  control,
}) => {
  const own = await startApp({
    root: await buildOwnDemo('none', app, { client: { logout: 'none' } }),
  })
  await signIn(page, 'alice', own.origin)
  await signOut(page, own)
  await expect.poll(() => control.as.count('POST /revoke')).toBe(2)
  for (const path of ['GET /logout', 'GET /v2/logout']) expect(await control.as.count(path)).toBe(0)
  await signInButton(page).click()
  await enterPassword(page)
  await expect(status(page)).toHaveText('signed-in as alice')
})
