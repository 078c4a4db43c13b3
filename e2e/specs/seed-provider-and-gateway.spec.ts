import type { Page } from '@playwright/test'

import {
  code,
  events,
  expect,
  findSecrets,
  signInButton,
  signOut,
  status,
} from '../fixtures/app.ts'
import { moveClock } from '../fixtures/clock.ts'
import { ServerControl } from '../fixtures/control.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'
import { allow, deny, sayWho, secretsOf, seedTest } from '../fixtures/seeds.ts'
import { startProviderServer, type ProviderServer } from '../servers/seeds/provider-server.ts'

const test = seedTest({
  name: 'provider-and-gateway',
  start: ({ pageOrigins, ...registration }) =>
    startProviderServer({ ...registration, apiCallers: pageOrigins }),
  client: ({ origin }) => ({ issuer: origin, scope: 'openid profile orders' }),
  api: ({ gateway }) => `${gateway.origin}/api/`,
})

const callGateway = (page: Page, { gateway }: ProviderServer) =>
  fetchInPage(page, `${gateway.origin}/api/me`)

async function signInAt(page: Page): Promise<void> {
  await signInButton(page).click()
  await sayWho(page)
  await allow(page)
  await expect(status(page)).toHaveText('signed-in as alice')
}

test('the user consents once; the gateway gets the access token, and no other token gets anywhere', async ({
  page,
  context,
  service: { app, server, control },
  open,
  everythingReachable,
}) => {
  await open(page, app.origin)
  await signInButton(page).click()
  await sayWho(page)
  await expect(page.getByText('openid profile orders')).toBeVisible()
  await allow(page)
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(await callGateway(page, server)).toMatchObject({ status: 200, text: '{"sub":"alice"}' })
  await moveClock(context, { origin: app.origin, vaultOrigin: app.vaultOrigin }, 61)
  expect(await callGateway(page, server)).toMatchObject({ status: 200 })
  expect(await control.count('POST /token')).toBe(2)

  const { received } = await new ServerControl(server.gateway.origin).run({ do: 'received' })
  const secrets = await secretsOf(control)
  for (const kind of ['accessTokens', 'refreshTokens', 'idTokens']) {
    expect(secrets.some(({ name }) => name.startsWith(kind))).toBe(true)
  }
  const found = findSecrets(JSON.stringify(received), secrets)
  // The search bites: both access tokens are there.
  expect(found).toContain('accessTokens[0] (plain)')
  expect(found).toContain('accessTokens[1] (plain)')
  expect(found.filter((name) => !name.startsWith('accessTokens'))).toEqual([])
  expect(findSecrets(await everythingReachable(page), secrets)).toEqual([])

  await signOut(page, app)
  await signInButton(page).click()
  // With a session at the provider and a consent that was given there is no page on the way.
  await expect(status(page)).toHaveText('signed-in as alice')
})

test('a user who does not consent is not signed in, and the page knows why', async ({
  page,
  service: { app, server, control },
  open,
}) => {
  await open(page, app.origin)
  await signInButton(page).click()
  await sayWho(page)
  await deny(page)
  await expect(code(page)).toHaveText('access-denied')
  await expect(events(page)).toContainText('Nothing was stored; offer it again')
  await expect(status(page)).toHaveText('signed-out')
  expect(await callGateway(page, server)).toMatchObject({ status: 401 })
  expect(await control.count('POST /token')).toBe(0)
})

test('ID Tokens are checked with the keys of today: new ones are looked up, an unknown signer signs nobody in', async ({
  page,
  service: { app, server, control },
  open,
}) => {
  await open(page, app.origin)
  await signInAt(page)
  expect(await control.count('GET /.well-known/openid-configuration')).toBeGreaterThan(0)
  await control.rotateKeys()
  await signOut(page, app)
  await signInButton(page).click()
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(await callGateway(page, server)).toMatchObject({ status: 200 })

  await signOut(page, app)
  await control.run({ do: 'forge' })
  await signInButton(page).click()
  await expect(code(page)).toHaveText('id-token-signature')
  await expect(status(page)).toHaveText('signed-out')
  expect(await callGateway(page, server)).toMatchObject({ status: 401 })
})

for (const error of ['invalid_grant', 'interaction_required']) {
  test(`tokens are refreshed until the provider wants to see the user (${error})`, async ({
    page,
    context,
    service: { app, server, control },
    open,
  }) => {
    const clock = (seconds: number): Promise<void> =>
      moveClock(context, { origin: app.origin, vaultOrigin: app.vaultOrigin }, seconds)
    await open(page, app.origin)
    await signInAt(page)
    for (const seconds of [61, 122]) {
      await clock(seconds)
      expect(await callGateway(page, server)).toMatchObject({ status: 200 })
    }
    expect(await control.count('POST /token')).toBe(3)
    await control.run({ do: 'demand-user', error })
    await clock(183)
    expect(await callGateway(page, server)).toMatchObject({ status: 401 })
    await expect(status(page)).toHaveText('interaction-required')
    await expect(code(page)).toHaveText('session-ended')
    expect(await control.count('POST /token')).toBe(4)

    await clock(0)
    await signInButton(page).click()
    await sayWho(page)
    await expect(status(page)).toHaveText('signed-in as alice')
    expect(await callGateway(page, server)).toMatchObject({ status: 200 })
  })
}
