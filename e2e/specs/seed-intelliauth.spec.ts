import type { Page } from '@playwright/test'

import { code, events, expect, findSecrets, signInButton, status } from '../fixtures/app.ts'
import { moveClock } from '../fixtures/clock.ts'
import type { AuthorizationServerControl } from '../fixtures/control.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'
import { allow, sayWho, secretsOf, seedTest } from '../fixtures/seeds.ts'
import { intelliAuthMetadata, startIntelliAuthServer } from '../servers/seeds/intelliauth-server.ts'

const test = seedTest({
  name: 'intelliauth',
  start: startIntelliAuthServer,
  client: ({ origin }) => ({
    issuer: origin,
    metadata: intelliAuthMetadata(origin),
    scope: 'openid profile email',
  }),
  api: ({ origin }) => `${origin}/api/`,
})

async function signInAt(page: Page, user?: string): Promise<void> {
  await signInButton(page).click()
  await sayWho(page, user)
  await allow(page)
}

async function exchanges(control: AuthorizationServerControl): Promise<readonly number[]> {
  return (await control.run({ do: 'exchanges' }))['exchanges'] as number[]
}

/** Errors that the page tells, without those about the test's host. */
const errorsOf = (page: Page) =>
  events(page).locator('code').filter({ hasNotText: 'deployment-unsafe' })

test('two sign-ins at once in one browser do not trample each other, also when the workers are ended meanwhile', async ({
  page,
  context,
  service: { app, control },
  open,
  killWorker,
  everythingReachable,
}) => {
  const tab = await context.newPage()
  for (const each of [page, tab]) {
    await open(each, app.origin)
    await signInButton(each).click()
    await expect(each.getByLabel('Username')).toBeVisible()
  }
  await killWorker(page)
  await sayWho(tab, 'bob')
  await allow(tab)
  await expect(status(tab)).toHaveText('signed-in as bob')
  await sayWho(page, 'alice')
  await allow(page)
  for (const each of [page, tab]) {
    await expect(status(each)).toHaveText('signed-in as alice')
    await expect(errorsOf(each)).toHaveCount(0)
  }
  expect(await exchanges(control)).toEqual([0, 1])
  const issued = await control.issued()
  expect(new Set(issued.verifiers).size).toBe(2)
  expect(new Set(issued.states).size).toBe(2)
  for (const each of [page, tab]) {
    expect(findSecrets(await everythingReachable(each), await secretsOf(control))).toEqual([])
  }
})

test('a redirect URI that is registered with a slash more: the server says so on its page, and nothing is lost', async ({
  page,
  service: { app, server, control },
  open,
}) => {
  const sent = `${app.guardianOrigin}/auth/callback`
  await control.run({ do: 'register', redirectUris: [`${sent}/`] })
  await open(page, app.origin)
  await signInButton(page).click()
  await expect(page.getByText('redirect_uri is not registered')).toBeVisible()
  await expect(page.getByText(sent, { exact: true })).toBeVisible()
  expect(new URL(page.url()).searchParams.get('redirect_uri')).toBe(sent)
  expect(await control.count('POST /oauth2/token')).toBe(0)

  await control.run({ do: 'register', redirectUris: [sent] })
  await open(page, app.origin)
  await expect(status(page)).toHaveText('signed-out')
  await signInAt(page)
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(page.url().startsWith(server.origin)).toBe(false)
})

test('a redirect URI that the token endpoint does not take is named to the letter', async ({
  page,
  service: { app, control },
  open,
}) => {
  const sent = `${app.guardianOrigin}/auth/callback`
  await open(page, app.origin)
  await signInButton(page).click()
  await sayWho(page)
  await control.run({ do: 'register', redirectUris: [sent.replace('http:', 'https:')] })
  await allow(page)
  await expect(code(page)).toHaveText('exchange-refused')
  await expect(events(page)).toContainText(`Register exactly '${sent}' for 'spa'`)
  await expect(status(page)).toHaveText('signed-out')
})

test('a code is exchanged once and never again, neither after a failure nor when it comes back', async ({
  page,
  service: { app, control },
  open,
}) => {
  await open(page, app.origin)
  await control.fault('/oauth2/token', 'status', { status: 503, method: 'POST' })
  await signInAt(page)
  await expect(code(page)).toHaveText('exchange-unreachable')
  await expect(events(page)).toContainText('The code is spent: sign in again')
  const { codes, states } = await control.issued()
  await page.goto(`${app.guardianOrigin}/auth/callback?code=${codes[0]}&state=${states[0]}`)
  await expect(events(page)).toContainText('used before')
  expect(await control.count('POST /oauth2/token')).toBe(1)
  await expect(status(page)).toHaveText('signed-out')
})

test('tokens are refreshed in silence: when they are over, and when the API refuses them', async ({
  page,
  context,
  service: { app, server, control },
  open,
}) => {
  await open(page, app.origin)
  await signInAt(page)
  await expect(status(page)).toHaveText('signed-in as alice')
  const url = `${server.origin}/api/me`
  expect(await fetchInPage(page, url)).toMatchObject({ status: 200, text: '{"sub":"alice"}' })
  expect(await control.count('POST /oauth2/token')).toBe(1)

  await moveClock(context, { origin: app.origin, vaultOrigin: app.vaultOrigin }, 3601)
  expect(await fetchInPage(page, url)).toMatchObject({ status: 200 })
  expect(await control.count('POST /oauth2/token')).toBe(2)

  await control.run({ do: 'expire' })
  expect(await fetchInPage(page, url)).toMatchObject({ status: 200 })
  expect(await control.count('POST /oauth2/token')).toBe(3)
  expect(await control.count('GET /oauth2/authorize')).toBe(1)
  await expect(errorsOf(page)).toHaveCount(0)
})
