import type { Page } from '@playwright/test'

import { expect, test, type OwnApp } from '../fixtures/app.ts'
import {
  comeBack,
  errorCodes,
  leave,
  openClient,
  signInHere,
  told,
} from '../fixtures/client-calls.ts'
import { addClientPage } from '../fixtures/client-page.ts'
import { AuthorizationServerControl, ServerControl } from '../fixtures/control.ts'
import { buildOwnDemo, ownOrigins } from '../fixtures/own-vault.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'
import { startBackend, type Backend } from '../servers/start.ts'

const SCOPE = 'openid profile email offline_access api:read api:write'
const BOTH = ['one', 'two']

let second: Backend
let own: OwnApp
let urls: { readonly one: string; readonly two: string }

test.beforeEach(async ({ app, startApp }) => {
  second = await startBackend({ appOrigins: ownOrigins(app) })
  const asOrigin = second.authorizationServer.origin
  const apiOrigin = second.api.origin
  const root = await buildOwnDemo('two-providers', app, {
    guardian: {
      clients: {
        one: { issuer: app.asOrigin, clientId: 'demo', scope: SCOPE },
        two: { issuer: asOrigin, clientId: 'demo', scope: SCOPE },
      },
      resources: [
        { url: `${app.apiOrigin}/v1/`, client: 'one' },
        { url: `${apiOrigin}/v1/`, client: 'two' },
      ],
    },
  })
  await addClientPage(root)
  own = await startApp({ root, connectOrigins: [asOrigin, apiOrigin] })
  urls = { one: `${app.apiOrigin}/v1/me`, two: `${apiOrigin}/v1/me` }
})

test.afterEach(() => second.close())

/** A page that waits for the outcome of a sign-in may hear of it twice: by the event, and when it asks. */
async function errorsOf(page: Page): Promise<readonly unknown[]> {
  const all = (await told(page, 'error')).map((event) => JSON.stringify(event))
  return [...new Set(all)].map((text) => JSON.parse(text) as unknown)
}

const statuses = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(() =>
    Object.fromEntries(
      Object.entries(window.clients).map(([name, { session }]) => [
        name,
        session.status === 'signed-in' ? session.user.sub : session.status,
      ]),
    ),
  )

test('two clients of one page have a session each, and each API gets the token of its own', async ({
  page,
}) => {
  await openClient(page, own, BOTH)
  await signInHere(page, { of: 'one' }, 'alice')
  await expect.poll(() => statuses(page)).toEqual({ one: 'alice', two: 'signed-out' })
  expect(await fetchInPage(page, urls.two)).toMatchObject({ status: 401 })
  await signInHere(page, { of: 'two' }, 'bob')
  await expect.poll(() => statuses(page)).toEqual({ one: 'alice', two: 'bob' })
  for (const [name, sub] of [
    ['one', 'alice'],
    ['two', 'bob'],
  ] as const) {
    const { status, text } = await fetchInPage(page, urls[name])
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ sub })
  }
  expect(await errorCodes(page)).toEqual([])
})

test('a sign-in that fails, a session that ends and a sign-out are of one client only', async ({
  page,
  control,
}) => {
  const as = new AuthorizationServerControl(second.authorizationServer.origin)
  await openClient(page, own, BOTH)
  await signInHere(page, { of: 'one' }, 'alice')
  await leave(page, { of: 'two' })
  await page.getByRole('button', { name: 'Cancel' }).click()
  await comeBack(page)
  await expect
    .poll(() => errorsOf(page))
    .toEqual([
      { name: 'error', of: 'two', detail: { code: 'access-denied', phase: 'authorization' } },
    ])
  await expect.poll(() => statuses(page)).toEqual({ one: 'alice', two: 'signed-out' })

  await signInHere(page, { of: 'two' }, 'bob')
  await control.as.revoke()
  expect(await fetchInPage(page, urls.one)).toMatchObject({ status: 401 })
  await expect.poll(() => statuses(page)).toEqual({ one: 'interaction-required', two: 'bob' })
  expect(await fetchInPage(page, urls.two)).toMatchObject({ status: 200 })

  await signInHere(page, { of: 'one' }, 'alice')
  await page.evaluate(() => void window.clients['two']?.logout({ returnTo: location.href }))
  await expect.poll(() => as.count('POST /revoke')).toBe(2)
  await expect
    .poll(() => statuses(page).catch(() => undefined))
    .toEqual({
      one: 'alice',
      two: 'signed-out',
    })
  expect(await control.as.count('POST /revoke')).toBe(0)
  expect(await fetchInPage(page, urls.one)).toMatchObject({ status: 200 })
})

test('a popup that ends does not end the wait for the popup of the other client', async ({
  page,
}) => {
  await openClient(page, own, BOTH)
  const outcomes = (): Promise<unknown> =>
    page.evaluate(() => (window as unknown as { outcomes?: unknown }).outcomes)
  const openPopup = async (name: string): Promise<Page> => {
    const opening = page.waitForEvent('popup')
    await page.evaluate((client) => {
      const scope = window as unknown as { outcomes?: Record<string, string> }
      const all = (scope.outcomes ??= {})
      all[client] = 'open'
      void window.clients[client]?.loginWithPopup().then(
        ({ status }) => (all[client] = status),
        ({ code }: { code: string }) => (all[client] = code),
      )
    }, name)
    const popup = await opening
    await expect(popup.getByLabel('Username')).toBeVisible()
    return popup
  }
  const enter = async (popup: Page, user: string): Promise<void> => {
    const closed = popup.waitForEvent('close')
    await popup.getByLabel('Username').fill(user)
    await popup.getByLabel('Password').fill('any password')
    await popup.getByRole('button', { name: 'Sign in', exact: true }).click()
    await closed
  }
  const popupOfOne = await openPopup('one')
  const popupOfTwo = await openPopup('two')
  await enter(popupOfTwo, 'bob')
  await expect.poll(outcomes).toEqual({ one: 'open', two: 'signed-in' })
  await enter(popupOfOne, 'alice')
  await expect.poll(outcomes).toEqual({ one: 'signed-in', two: 'signed-in' })
  await expect.poll(() => statuses(page)).toEqual({ one: 'alice', two: 'bob' })
})

test('a response of one server to the other’s sign-in is refused before anything is sent', async ({
  page,
  app,
  control,
}) => {
  await openClient(page, own, BOTH)
  const asking = page.waitForRequest((request) =>
    request.url().startsWith(`${second.authorizationServer.origin}/auth?`),
  )
  await leave(page, { of: 'two' })
  await expect(page.getByLabel('Username')).toBeVisible()
  const secondAs = new ServerControl(second.authorizationServer.origin)
  await expect.poll(() => secondAs.count('GET /auth')).toBe(1)
  // The second server sends the user on to the first, under the state of its own sign-in.
  const state = new URL((await asking).url()).searchParams.get('state') ?? ''
  const response = new URLSearchParams({ code: 'of-the-first', state, iss: app.asOrigin })
  await page.goto(`${own.guardianOrigin}/auth/callback?${response.toString()}`)
  await comeBack(page)
  await expect
    .poll(() => errorsOf(page))
    .toEqual([
      { name: 'error', of: 'two', detail: { code: 'issuer-mismatch', phase: 'authorization' } },
    ])
  expect(await control.as.count('POST /token')).toBe(0)
  expect(await secondAs.count('POST /token')).toBe(0)
})

test('without names the page has the first client', async ({ page, app }) => {
  await openClient(page, own)
  await signInHere(page, {}, 'alice')
  expect(await page.evaluate(() => window.client.session)).toMatchObject({ user: { sub: 'alice' } })
  expect(await new ServerControl(app.asOrigin).count('POST /token')).toBe(1)
})
