import type { Page } from '@playwright/test'

import { expect, test, variantRoot, type App } from '../fixtures/app.ts'
import { environment } from '../fixtures/environment.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'
import { startAppServer } from '../servers/app-server.ts'

test.setTimeout(120_000)

/** As long as `ready` waits, and a slow machine's time on top. */
const READY_MS = 40_000

test('a vault that is down: unprotected, with a code, sign-in refused, calls fail, and everything works when it is back', async ({
  page,
  app,
  control,
  signIn,
}) => {
  await control.guardian.fault('/', 'drop')
  await openClient(page, app.origin)
  // Each waits for its own deadline.
  const outcomes = [ready(page), loginCode(page), callCode(page, app)]
  expect(await Promise.all(outcomes)).toEqual([
    { status: 'unprotected', code: 'vault-unreachable' },
    'vault-unreachable',
    'bridge-lost',
  ])

  await control.guardian.reset()
  await page.reload()
  expect(await ready(page)).toEqual({ status: 'signed-out' })
  await signIn(page)
})

test('a vault that comes back while the page is open: a later ready() works without a reload', async ({
  page,
  app,
  control,
}) => {
  await control.guardian.fault('/', 'drop')
  await openClient(page, app.origin)
  expect(await ready(page)).toMatchObject({ status: 'unprotected' })
  await control.guardian.reset()
  expect(await ready(page)).toEqual({ status: 'signed-out' })
  expect((await fetchInPage(page, `${app.apiOrigin}/v1/me`)).status).toBe(401)
})

test('a vault without its bridge (404): unprotected, and calls fail', async ({
  page,
  app,
  control,
}) => {
  await control.guardian.fault('/bridge.html', 'status', { status: 404 })
  await openClient(page, app.origin)
  // The app's policy does not let the page look whether the vault is up: that it does not answer is all there is to see.
  // Each waits for its own deadline.
  const outcomes = [ready(page), loginCode(page), callCode(page, app)]
  expect(await Promise.all(outcomes)).toEqual([
    { status: 'unprotected', code: 'vault-unreachable' },
    'vault-unreachable',
    'bridge-lost',
  ])
})

test('a vault that does not let the app frame it: bridge-blocked, where the page may look whether the vault is up', async ({
  page,
  app,
  control,
  startApp,
}) => {
  await control.guardian.fault('/bridge.html', 'html', {
    headers: { 'content-security-policy': "frame-ancestors 'none'" },
  })
  const { origin } = await startApp({ connectOrigins: [app.guardianOrigin] })
  await openClient(page, origin)
  expect(await Promise.all([ready(page), loginCode(page)])).toEqual([
    { status: 'unprotected', code: 'bridge-blocked' },
    'bridge-blocked',
  ])
})

test('an app whose own policy does not let it frame the vault: bridge-blocked, at once', async ({
  page,
  app,
}) => {
  const server = await startAppServer({
    port: environment().sparePorts.vault[0] ?? 0,
    root: variantRoot('vault', 'query'),
    apiOrigin: app.apiOrigin,
    issuer: app.asOrigin,
    vaultOrigin: app.foreignOrigin,
  })
  try {
    await openClient(page, server.origin)
    expect(await ready(page)).toEqual({ status: 'unprotected', code: 'bridge-blocked' })
    expect(await loginCode(page)).toBe('bridge-blocked')
  } finally {
    await server.close()
  }
})

test('a vault whose worker is broken (500): unprotected, with a code, and nothing hangs', async ({
  page,
  app,
  control,
}) => {
  await control.guardian.fault('/guardian-sw.js', 'status', { status: 500 })
  await openClient(page, app.origin)
  const [session, refusal] = await Promise.all([ready(page), loginCode(page)])
  expect(session).toMatchObject({ status: 'unprotected' })
  expect(refusal).not.toBe('')
  await control.guardian.reset()
  expect(await ready(page)).toEqual({ status: 'signed-out' })
})

/** The page that holds the client and nothing else. */
async function openClient(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/client.html`)
  await page.waitForFunction(() => window.client !== undefined)
}

function ready(page: Page): Promise<unknown> {
  return within(
    page,
    page.evaluate(() => window.client.ready()),
  )
}

async function loginCode(page: Page): Promise<string> {
  const attempt = page.evaluate(() =>
    window.client.loginWithRedirect().then(
      () => '',
      (error: { code: string }) => error.code,
    ),
  )
  return within(page, attempt)
}

/** Code of the event that tells why a call to the API failed. */
async function callCode(page: Page, { apiOrigin }: App): Promise<unknown> {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  const before = await page.evaluate(() => window.clientEvents.length)
  const outcome = await within(page, fetchInPage(page, `${apiOrigin}/v1/me`))
  expect(outcome).toMatchObject({ status: 0, text: 'TypeError' })
  const codes = (): Promise<unknown[]> =>
    page.evaluate(
      (from) =>
        window.clientEvents
          .slice(from)
          .filter(({ name }) => name === 'error')
          .map(({ detail }) => (detail as { code: string }).code),
      before,
    )
  await expect.poll(async () => (await codes()).includes('bridge-lost')).toBe(true)
  return 'bridge-lost'
}

function within<Result>(page: Page, work: Promise<Result>): Promise<Result> {
  const late = page.waitForTimeout(READY_MS).then(() => {
    throw new Error(`No answer within ${READY_MS} ms`)
  })
  return Promise.race([work, late])
}
