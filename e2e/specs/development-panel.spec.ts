import type { Locator, Page } from '@playwright/test'

import { code, expect, findSecrets, status, test, type App, type OwnApp } from '../fixtures/app.ts'
import { askGuardian } from '../fixtures/ask-guardian.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'

const ASKED = '?guardian-debug'

/** The demo with the timeline on; the builds of the other tests are as in production. */
async function startWatched(
  app: App,
  startApp: (options: { readonly root: string }) => Promise<OwnApp>,
): Promise<OwnApp> {
  const root = await buildOwnDemo('panel', app, { guardian: { developmentPanel: true } })
  return startApp({ root })
}

function panelOf(page: Page): Locator {
  return page.locator('token-guardian-panel')
}

/** Lines of the timeline with all of these words. */
function lines(page: Page, ...words: readonly string[]): Locator {
  const list = panelOf(page).locator('.entries li')
  return words.reduce((found, hasText) => found.filter({ hasText }), list)
}

test('shows calls, a refresh, a path outside of every API and an error as they were decided, and nothing secret', async ({
  page,
  app,
  startApp,
  signIn,
  control,
  secrets,
  expectNoSecrets,
  everythingReachable,
}) => {
  test.slow()
  const own = await startWatched(app, startApp)
  const rule = `${own.apiOrigin}/v1/`
  await signIn(page, 'alice', own.origin + ASKED)
  await expect(panelOf(page).getByText('Refresh token: yes.')).toBeVisible()
  await expect(panelOf(page).locator('.where')).toHaveText(
    own.vaultOrigin === undefined ? 'On this origin' : `In the vault ${own.vaultOrigin}`,
  )

  await fetchInPage(page, `${rule}me?hint=not-to-be-shown`)
  await expect(lines(page, 'GET', rule, 'sent with the token', 'status 200')).toHaveCount(1)
  await fetchInPage(page, `${rule}nothing-there`)
  await expect(lines(page, 'GET', rule, 'sent with the token', 'status 404')).toHaveCount(1)

  await control.api.refuseIssuedTokens()
  expect((await fetchInPage(page, `${rule}me`)).status).toBe(200)
  await expect(lines(page, 'Refresh', 'new tokens')).toHaveCount(1)
  await expect(lines(page, 'GET', rule, 'sent again', 'status 200')).toHaveCount(1)
  expect(await control.as.count('POST /token'), 'as the server saw it').toBe(2)

  await fetchInPage(page, `${own.apiOrigin}/debug/headers`)
  await expect(lines(page, own.apiOrigin, 'outside every configured API')).toHaveCount(1)

  await fetchInPage(page, `${rule}redirect?to=/debug/headers`)
  await expect(lines(page, 'GET', rule, 'the answer was withheld')).toHaveCount(1)
  await expect(lines(page, 'Error', 'redirect-blocked', 'outside')).toHaveCount(1)

  await control.as.revoke('alice')
  await fetchInPage(page, `${rule}me`)
  await expect(code(page)).toHaveText('session-ended')
  await expect(lines(page, 'Session', 'interaction-required', 'session-ended')).toHaveCount(1)
  await expect(lines(page, 'Refresh', 'failed', 'session-ended')).toHaveCount(1)

  await expectNoSecrets(page)
  const heard = await everythingReachable(page)
  expect(heard, 'the answers were searched too').toContain('hasRefreshToken: true')
  const shown = await panelOf(page).evaluate((panel) => panel.shadowRoot?.textContent ?? '')
  expect(findSecrets(shown, await secrets())).toEqual([])
  expect(shown).not.toContain('not-to-be-shown')
})

test('off unless the configuration asks for it: a script gets no timeline, and the panel says so and shows what the page knows', async ({
  page,
  app,
  signIn,
}) => {
  await signIn(page, 'alice', app.origin + ASKED)
  await fetchInPage(page, `${app.apiOrigin}/v1/me`)
  for (const request of [
    { type: 'get-timeline' },
    { type: 'get-timeline', client: 'default' },
    { type: 'get-timeline', developmentPanel: true },
  ]) {
    const { ok, value, error } = await askGuardian(page, request)
    expect({ ok, value, code: error?.['code'] }).toEqual({ ok: false, code: 'invalid-request' })
  }
  await expect(panelOf(page).getByText('`developmentPanel` is not on')).toBeVisible()
  await expect(lines(page, 'Session', 'signed-in')).not.toHaveCount(0)
  await expect(lines(page, 'Request')).toHaveCount(0)
})

test('a script in another tab gets nothing of this tab’s requests, and no field that the panel has no use for', async ({
  page,
  context,
  app,
  startApp,
  signIn,
  open,
}) => {
  const own = await startWatched(app, startApp)
  await signIn(page, 'alice', own.origin + ASKED)
  const spy = await context.newPage()
  await open(spy, own.origin)
  await fetchInPage(page, `${own.apiOrigin}/v1/me`)
  await expect(lines(page, 'Request', 'sent with the token')).toHaveCount(1)
  const { ok, value } = await askGuardian(spy, { type: 'get-timeline' })
  expect(ok).toBe(true)
  const { entries, ...rest } = value as { readonly entries: readonly { readonly what: string }[] }
  expect(entries.map(({ what }) => what)).not.toContain('request')
  expect(rest).toEqual({
    client: 'default',
    tokens: [
      {
        rule: `${own.apiOrigin}/v1/`,
        issuedAt: expect.any(Number),
        expiresAt: expect.any(Number),
        refreshFrom: expect.any(Number),
      },
    ],
    hasRefreshToken: true,
  })
})

test('under a policy without inline styles the panel has its looks, and the page does not move', async ({
  page,
  app,
  startApp,
}) => {
  const own = await startWatched(app, startApp)
  await page.addInitScript(() => {
    const broken: string[] = []
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
      broken.push(effectiveDirective),
    )
    Object.assign(window, { broken })
  })
  const answer = await page.goto(own.origin + ASKED)
  expect(answer?.headers()['content-security-policy']).toContain("default-src 'self'")
  await expect(status(page)).toHaveText('signed-out')
  const close = panelOf(page).getByRole('button', { name: 'Close' })
  const position = await panelOf(page)
    .locator('.panel')
    .evaluate((panel) => getComputedStyle(panel).position)
  expect(position).toBe('fixed')
  const extent = (): Promise<unknown> =>
    page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.scrollHeight,
      JSON.stringify(document.querySelector('main')?.getBoundingClientRect()),
    ])
  const before = await extent()
  await close.click()
  await expect(close).toBeHidden()
  expect(await extent()).toEqual(before)
  await panelOf(page).evaluate((panel) => panel.remove())
  expect(await extent()).toEqual(before)
  expect(await page.evaluate('window.broken')).toEqual([])
})

test('the panel is there while the URL asks for it, and not otherwise', async ({
  page,
  app,
  open,
}) => {
  await open(page, app.origin)
  await expect(panelOf(page)).toHaveCount(0)
  await page.getByRole('link', { name: 'Show the development panel' }).click()
  await expect(panelOf(page)).toHaveCount(1)
  await page.getByRole('link', { name: 'Hide the development panel' }).click()
  await expect(status(page)).toHaveText('signed-out')
  await expect(panelOf(page)).toHaveCount(0)
})
