import type { Page } from '@playwright/test'

import { expect, test } from '../fixtures/app.ts'

async function openClient(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/client.html`)
  await page.waitForFunction(() => window.client?.session.status !== 'unprotected')
}

test('a sign-in ends at returnTo, with the appState of the page that began it', async ({
  page,
  app,
}) => {
  await openClient(page, app.origin)
  const appState = { cart: [1, 2, { deep: 'ü' }] }
  await page.evaluate(
    (state) =>
      void window.client.loginWithRedirect({
        returnTo: '/client.html#part',
        appState: state,
        loginHint: 'carol',
      }),
    appState,
  )
  await expect(page.getByLabel('Username')).toHaveValue('carol')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForFunction(() => window.client?.session.status === 'signed-in')
  expect(page.url()).toBe(`${app.origin}/client.html#part`)
  expect(await page.evaluate(() => window.client.session)).toMatchObject({
    status: 'signed-in',
    user: { sub: 'carol' },
    appState,
  })
  expect(await page.evaluate(() => window.client.getUser())).toMatchObject({ sub: 'carol' })
})

test('without returnTo a sign-in ends where it began', async ({ page, app, signIn }) => {
  await signIn(page, 'alice', `${app.origin}/?view=list`)
  expect(page.url()).toBe(`${app.origin}/?view=list`)
})

test('a returnTo of another origin, a script URL or one of the guardian’s paths is refused', async ({
  page,
  app,
  control,
}) => {
  await openClient(page, app.origin)
  const targets = [
    app.foreignOrigin,
    '//evil.test/',
    String.raw`/\\evil.test/`,
    String.raw`\\evil.test`,
    'javascript:alert(1)',
    'data:text/html,x',
    ...['/auth/callback?code=x&state=y', '/auth/login', '/auth/logout'].map(
      (path) => app.guardianOrigin + path,
    ),
    `http://user:pass@${new URL(app.origin).host}/`,
  ]
  for (const returnTo of targets) {
    const refused = await page.evaluate(
      (target) =>
        window.client.loginWithRedirect({ returnTo: target }).then(
          () => 'accepted',
          (error: { code?: string }) => error.code,
        ),
      returnTo,
    )
    expect(refused, returnTo).toBe('invalid-return-to')
  }
  expect(page.url()).toBe(`${app.origin}/client.html`)
  expect(await control.as.log('/auth')).toEqual([])
})

test('prompt=none without a session at the server ends with login-required', async ({
  page,
  app,
}) => {
  await openClient(page, app.origin)
  await page.evaluate(() => {
    // The page that is left hears of it as well.
    document.title = 'left'
    void window.client.loginWithRedirect({ prompt: 'none' })
  })
  await page.waitForFunction(
    () => document.title !== 'left' && window.clientEvents?.some(({ name }) => name === 'error'),
  )
  expect(await page.evaluate(() => window.clientEvents)).toContainEqual({
    name: 'error',
    detail: { code: 'login-required', phase: 'authorization' },
  })
  expect(await page.evaluate(() => window.client.session.status)).toBe('signed-out')
})

test('refresh() gets a new token now', async ({ page, app, signIn, control }) => {
  await signIn(page)
  await openClient(page, app.origin)
  await page.evaluate(() => window.client.refresh())
  expect((await control.as.issued()).accessTokens).toHaveLength(2)
})
