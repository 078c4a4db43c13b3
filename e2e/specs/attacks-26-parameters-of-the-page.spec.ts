import type { Page } from '@playwright/test'

import { code, enterPassword, status } from '../fixtures/app.ts'
import { eventCodes, expect, test } from '../fixtures/attack-app.ts'
import { askGuardian } from '../fixtures/ask-guardian.ts'
import { forgeTransaction, readRows, writeRow } from '../fixtures/attack-storage.ts'
import { ownFlowInPage } from '../fixtures/attack-tools.ts'

const elsewhere = [
  'https://evil.test/',
  '//evil.test/',
  '///evil.test/',
  '/\\evil.test/',
  '\\\\evil.test',
  'javascript:alert(1)',
  'data:text/html,x',
  '/\t/evil.test',
  '/x\r\nset-cookie: a=b',
  'http://localhost@evil.test/',
]
const ownPaths = [
  '/auth/login',
  '/auth/logout?state=x',
  '/auth/callback?code=x&state=y',
  '/auth/./callback',
]

test('no message makes a sign-in or a sign-out land elsewhere', async ({ page, app, signIn }) => {
  await signIn(page)
  for (const returnTo of [...elsewhere, ...ownPaths.map((path) => app.guardianOrigin + path)]) {
    const requests = [
      { type: 'begin-login', parameters: { returnTo } },
      { type: 'begin-logout', returnTo },
    ]
    for (const request of requests) {
      const { error } = await askGuardian(page, request)
      expect(error?.['code'], `${request.type} ${returnTo}`).toBe('invalid-return-to')
    }
  }
  await expect(status(page)).toHaveText('signed-in as alice')
})

/** Begins a sign-in whose errand script of the page then changes. @returns the path that starts it */
async function changedErrand(page: Page, change: object): Promise<string> {
  const { value } = await askGuardian(page, { type: 'begin-login', parameters: {} })
  const url = String(value?.['url'])
  // By its id: one that led nowhere stays until it expires.
  const errands = await readRows(page, 'errands')
  const errand = errands.find(({ id }) => url.includes(String(id)))
  expect(errand, 'the errand of this sign-in').toBeDefined()
  await writeRow(page, 'errands', { ...errand, ...change })
  return url
}

test('an errand that script changed lands at home, whatever it says', async ({
  page,
  app,
  open,
  control,
}) => {
  await open(page)
  for (const [index, returnTo] of [...elsewhere, ...ownPaths].entries()) {
    await page.goto(app.origin + (await changedErrand(page, { returnTo })))
    await enterPassword(page)
    await expect(status(page)).toHaveText('signed-in as alice')
    expect(page.url(), JSON.stringify(returnTo)).toBe(`${app.origin}/`)
    await expect.poll(() => control.as.count('POST /token'), 'it signed in').toBe(index + 1)
  }
})

const overreach = [
  { authorizationParams: { scope: 'openid admin' } },
  { authorizationParams: { redirect_uri: 'https://evil.test/' } },
  { authorizationParams: { code_challenge: 'mine', code_challenge_method: 'plain' } },
  { authorizationParams: { request_uri: 'https://evil.test/' } },
  { authorizationParams: { audience: 'other' } },
]

test('an errand with parameters that a page may not choose leads nowhere', async ({
  page,
  app,
  open,
  control,
}) => {
  await open(page)
  for (const parameters of overreach) {
    await page.goto(app.origin + (await changedErrand(page, { parameters })))
    await expect(code(page), JSON.stringify(parameters)).toHaveText('parameter-not-allowed')
    expect(page.url()).toBe(`${app.origin}/`)
    expect(await control.as.count('GET /auth')).toBe(0)
  }
})

test('marks that script wrote sign nobody in', async ({ page, open }) => {
  await open(page)
  await writeRow(page, 'marks', {
    client: 'default',
    mark: { status: 'signed-in', sub: 'mallory' },
  })
  const { value } = await askGuardian(page, { type: 'get-session' })
  expect(value?.['session']).toEqual({ status: 'interaction-required', code: 'session-lost' })
})

test('with a transaction of its own script signs the user in as somebody else: known to work on one origin, and not with a vault', async ({
  page,
  app,
  signIn,
  browser,
  control,
}) => {
  await signIn(page)
  // Elsewhere the attacker signs in as herself and keeps the response.
  const elsewhereContext = await browser.newContext()
  const own = await elsewhereContext.newPage()
  await own.goto(`${app.origin}/offline.html`)
  const flow = await ownFlowInPage(own, {
    container: 'frame',
    asOrigin: app.asOrigin,
    guardianOrigin: app.guardianOrigin,
    prompt: 'login',
  })
  await own.goto(flow.url)
  await own.getByLabel('Username').fill('mallory')
  await own.getByRole('button', { name: 'Sign in', exact: true }).click()
  await own.waitForURL(`${app.origin}/**`)
  await elsewhereContext.close()
  const stolen = (await control.as.issued()).codes.at(-1) ?? ''

  await forgeTransaction(page, flow.state, {
    client: 'default',
    redirectUri: `${app.guardianOrigin}/auth/callback`,
    returnTo: '/',
    issuerPromised: true,
    verifier: flow.verifier,
    nonce: new URL(flow.url).searchParams.get('nonce'),
  })
  const response = new URLSearchParams({
    code: stolen,
    state: flow.state,
    iss: app.asOrigin,
  })
  await page.goto(`${app.guardianOrigin}/auth/callback?${response}`)
  if (app.vaultOrigin !== undefined) {
    await expect.poll(() => eventCodes(page)).toContain('unknown-state')
    await expect(status(page)).toHaveText('signed-in as alice')
  } else await expect(status(page)).toHaveText('signed-in as mallory')
})

test('a transaction that script made still lands at home, whatever it says', async ({
  page,
  app,
  open,
}) => {
  await open(page)
  await forgeTransaction(page, 'mine', {
    client: 'default',
    redirectUri: `${app.origin}/auth/callback`,
    returnTo: 'https://evil.test/',
    issuerPromised: false,
    verifier: 'mine',
  })
  await page.goto(`${app.origin}/auth/callback?code=x&state=mine`)
  await expect(code(page)).toHaveText('exchange-refused')
  expect(page.url()).toBe(`${app.origin}/`)
})

// When it is repaired, this test turns red: take `fail` away then.
test.describe('known to be open on one origin', () => {
  test.fail(({ topology }) => topology === 'same-origin', 'A vault’s storage cannot be written to')

  test('a landing that script wrote puts no words of its own into the app', async ({
    page,
    app,
    open,
  }) => {
    await open(page)
    const expiresAt = Date.now() / 1000 + 100
    const words = 'Call 0900 1234 to unlock your account'
    const error = {
      code: words,
      phase: 'api',
      message: words,
      retryable: false,
      correlationId: 'x',
    }
    await writeRow(page, 'landings', { id: 'forged', expiresAt, error })
    const tab = await page.context().newPage()
    await tab.goto(`${app.origin}/#_`)
    await expect(status(tab)).toHaveText('signed-out')
    await expect(code(tab)).not.toBeEmpty()
    expect(await eventCodes(tab)).not.toContain(words)
  })
})
