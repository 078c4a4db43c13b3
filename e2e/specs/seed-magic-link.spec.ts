import type { Page } from '@playwright/test'

import { events, expect, findSecrets, status, test as base } from '../fixtures/app.ts'
import { addClientPage } from '../fixtures/client-page.ts'
import { environment, originOf } from '../fixtures/environment.ts'
import { MagicLinkControl, magicLinkClient, magicLinkClientId } from '../fixtures/magic-link.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'
import { namedSecrets } from '../fixtures/secrets.ts'
import { startMagicLinkServer } from '../servers/seeds/magic-link-server.ts'

const ADA = 'ada@example.com'

interface Service {
  /** The app, built for this identity provider. */
  readonly app: { readonly origin: string }
  readonly control: MagicLinkControl
}

const test = base.extend<{ service: Service }>({
  service: async ({ app, startApp }, use) => {
    const { sparePorts, spareVaultPort } = environment()
    const guardians =
      app.topology === 'vault'
        ? [originOf(spareVaultPort)]
        : sparePorts['same-origin'].map(originOf)
    const server = await startMagicLinkServer({
      appOrigins: guardians,
      clientId: magicLinkClientId,
      redirectUris: guardians.map((origin) => `${origin}/auth/callback`),
    })
    const { origin } = server
    const root = await buildOwnDemo('magic-link', app, { client: magicLinkClient(origin) })
    await addClientPage(root)
    const own = await startApp({ root, connectOrigins: [origin] })
    await use({ app: own, control: new MagicLinkControl(origin) })
    await server.close()
  },
})

async function openClient(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/client.html`)
  await page.waitForFunction(() => window.client?.session.status !== 'unprotected')
}

/** @returns the code of the error, or `sent` */
async function sendLink(page: Page, more: object = {}): Promise<string | undefined> {
  return page.evaluate(
    (options) =>
      window.client.sendLoginLink(options).then(
        () => 'sent',
        (error: { code?: string }) => error.code,
      ),
    { loginHint: ADA, ...more },
  )
}

const signedIn = (page: Page) =>
  page.waitForFunction(() => window.client?.session.status === 'signed-in')

test('a login link signs in from a new tab, with the claims beside the tokens; the page of the first tab stays and hears of it', async ({
  page,
  context,
  service,
  everythingReachable,
}) => {
  await openClient(page, service.app.origin)
  await page.evaluate(() => Object.assign(window, { sameDocument: true }))
  expect(await sendLink(page, { prompt: 'create', appState: { cart: 7 } })).toBe('sent')
  expect(page.url()).toBe(`${service.app.origin}/client.html`)
  expect(await page.evaluate(() => window.client.session.status)).toBe('signed-out')
  const mail = await service.control.newestMail()
  expect(mail).toMatchObject({ to: ADA, shows: 'create an account' })

  const tab = await context.newPage()
  await tab.goto(mail.link)
  await signedIn(tab)
  expect(tab.url()).toBe(`${service.app.origin}/client.html`)
  await signedIn(page)
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
  for (const each of [tab, page]) {
    expect(await each.evaluate(() => window.client.session)).toMatchObject({
      status: 'signed-in',
      user: { sub: expect.any(String), email: ADA, email_verified: true },
      appState: { cart: 7 },
      expiresAt: null,
    })
  }

  const secrets = namedSecrets(await service.control.issued())
  for (const kind of ['codes', 'states', 'nonces', 'verifiers', 'accessTokens', 'idTokens']) {
    expect(secrets.some(({ name }) => name.startsWith(kind))).toBe(true)
  }
  for (const each of [tab, page]) {
    expect(findSecrets(await everythingReachable(each), secrets)).toEqual([])
  }
})

test('the workers may be ended between the request and the link', async ({
  page,
  context,
  service,
  killWorker,
}) => {
  await openClient(page, service.app.origin)
  expect(await sendLink(page)).toBe('sent')
  await killWorker(page)
  const tab = await context.newPage()
  await tab.goto((await service.control.newestMail()).link)
  await signedIn(tab)
})

test('the page that asked may be gone, and the link lands where it wanted', async ({
  page,
  context,
  service,
}) => {
  await openClient(page, service.app.origin)
  const returnTo = `${service.app.origin}/?view=inbox`
  expect(await sendLink(page, { returnTo })).toBe('sent')
  const { link } = await service.control.newestMail()
  const tab = await context.newPage()
  await page.close()
  await tab.goto(link)
  await expect(status(tab)).toContainText('signed-in')
  expect(tab.url()).toBe(returnTo)
})

test('the link works once', async ({ page, context, service }) => {
  await openClient(page, service.app.origin)
  await sendLink(page)
  const { link } = await service.control.newestMail()
  await page.goto(link)
  await signedIn(page)
  const tab = await context.newPage()
  await tab.goto(link)
  // Nothing is known of where it was to land, so it is the start page.
  await expect(events(tab)).toContainText('unknown-state')
  await expect(status(tab)).toContainText('signed-in')
  expect(tab.url()).toBe(`${service.app.origin}/`)
  expect(await service.control.count('POST /token')).toBe(1)
})

test('claims about somebody else sign nobody in', async ({ page, context, service }) => {
  await openClient(page, service.app.origin)
  await sendLink(page)
  await service.control.changeUserInfo({ sub: 'somebody-else' })
  const tab = await context.newPage()
  await tab.goto((await service.control.newestMail()).link)
  await tab.waitForFunction(() => window.clientEvents?.some(({ name }) => name === 'error'))
  expect(await tab.evaluate(() => window.clientEvents)).toContainEqual({
    name: 'error',
    detail: { code: 'userinfo-sub-mismatch', phase: 'exchange' },
  })
  for (const each of [tab, page]) {
    expect(await each.evaluate(() => window.client.session.status)).toBe('signed-out')
  }
})

test('a request that the server does not take, or that its CORS does not allow, says so', async ({
  page,
  service,
}) => {
  await openClient(page, service.app.origin)
  expect(await sendLink(page, { loginHint: 'nobody' })).toBe('login-link-refused')
  await service.control.allowCors(false)
  expect(await sendLink(page)).toBe('login-link-unreachable')
  await service.control.allowCors(true)
  expect(await sendLink(page)).toBe('sent')
})

test('a server that takes its time is asked once, for each request is a mail', async ({
  page,
  service,
}) => {
  await openClient(page, service.app.origin)
  await service.control.fault('/authorize', 'delay', { ms: 5000 })
  expect(await sendLink(page)).toBe('sent')
  expect(await service.control.count('POST /authorize')).toBe(1)
})

test('one-click sign-in goes to the page of the same server', async ({ page, service }) => {
  await openClient(page, service.app.origin)
  await page.evaluate(() => void window.client.loginWithRedirect())
  await page.getByLabel('Email').fill(ADA)
  await page.getByRole('button', { name: 'Continue' }).click()
  await signedIn(page)
  expect(await page.evaluate(() => window.client.session)).toMatchObject({ user: { email: ADA } })
})
