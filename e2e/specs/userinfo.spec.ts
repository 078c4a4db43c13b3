import { code, expect, status, test, type OwnApp } from '../fixtures/app.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

/** The server gives such a client tokens for its UserInfo endpoint, and not for the API. */
const client = { userInfo: true, scope: 'openid profile email offline_access' }

let own: OwnApp

test.beforeEach(async ({ app, startApp }) => {
  own = await startApp({ root: await buildOwnDemo('userinfo', app, { client }) })
})

test('claims of UserInfo are the user’s as well', async ({
  page,
  signIn,
  control,
  expectNoSecrets,
}) => {
  await signIn(page, 'alice', own.origin)
  // Only this endpoint has it.
  await expect(page.getByText('en-GB', { exact: true })).toBeVisible()
  await expect(page.getByText('alice@example.com', { exact: true })).toBeVisible()
  expect(await control.as.count('GET /userinfo')).toBe(1)
  await page.reload()
  await expect(page.getByText('en-GB', { exact: true })).toBeVisible()
  expect(await control.as.count('GET /userinfo')).toBe(1)
  await expectNoSecrets(page)
})

const troubles = [
  ['answers 503', 'status', { status: 503 }, 'userinfo-unavailable'],
  ['drops the connection', 'drop', {}, 'userinfo-unavailable'],
  ['answers HTML', 'html', {}, 'userinfo-invalid'],
  [
    'is about somebody else',
    'status',
    {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"sub":"mallory","locale":"en-GB"}',
    },
    'userinfo-sub-mismatch',
  ],
] as const

for (const [what, kind, options, expected] of troubles) {
  test(`UserInfo that ${what} fails no sign-in, and a code says so`, async ({
    page,
    context,
    open,
    signIn,
    control,
  }) => {
    const watcher = await context.newPage()
    await open(watcher, own.origin)
    await control.as.fault('/userinfo', kind, options)
    await signIn(page, 'alice', own.origin)
    await expect(status(watcher)).toHaveText('signed-in as alice')
    await expect(watcher.getByTestId('events')).toContainText(expected)
    await expect(page.getByText('en-GB', { exact: true })).toHaveCount(0)
    await expect(code(page)).toBeHidden()
  })
}
