import type { Page } from '@playwright/test'

import {
  code,
  events,
  expect,
  findSecrets,
  navigationHistory,
  signInButton,
  status,
} from '../fixtures/app.ts'
import { moveClock } from '../fixtures/clock.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'
import { allow, deny, sayWho, secretsOf, seedTest } from '../fixtures/seeds.ts'
import { plainOAuthMetadata, startPlainOAuthServer } from '../servers/seeds/plain-oauth-server.ts'

const test = seedTest({
  name: 'plain-oauth',
  start: ({ redirectUris, pageOrigins, ...registration }) => {
    const [redirectUri = ''] = redirectUris
    return startPlainOAuthServer({ ...registration, redirectUri, apiCallers: pageOrigins })
  },
  client: ({ origin }) => ({
    issuer: origin,
    metadata: plainOAuthMetadata(origin),
    scope: 'photos',
  }),
  api: ({ origin }) => `${origin}/api/`,
})

async function signInAt(page: Page): Promise<void> {
  await signInButton(page).click()
  await sayWho(page)
  await allow(page)
}

test('a service without discovery and ID Token: the user comes back to where the sign-in began, and the API of the service gets the token', async ({
  page,
  service: { app, server, control },
  open,
  everythingReachable,
}) => {
  const began = `${app.origin}/?view=photos`
  await open(page, began)
  await signInButton(page).click()
  await expect(page.getByLabel('Username')).toBeVisible()
  const asked = new URL(page.url()).searchParams
  expect([...asked.keys()].toSorted()).toEqual([
    'client_id',
    'code_challenge',
    'code_challenge_method',
    'redirect_uri',
    'response_type',
    'scope',
    'state',
  ])
  // The state says nothing by itself: what belongs to it is the guardian's.
  expect(asked.get('state')).toMatch(/^[\w-]{43}$/)
  await sayWho(page)
  await expect(page.getByText('photos', { exact: true })).toBeVisible()
  await allow(page)
  await expect(status(page)).toContainText('signed-in')
  expect(page.url()).toBe(began)
  expect(await fetchInPage(page, `${server.origin}/api/me`)).toMatchObject({
    status: 200,
    text: '{"sub":"alice"}',
  })
  expect((await control.run({ do: 'token-requests' }))['requests']).toEqual([
    {
      parameters: ['client_id', 'code', 'code_verifier', 'grant_type', 'redirect_uri'],
      hasAuthorization: false,
    },
  ])
  expect(findSecrets(await everythingReachable(page), await secretsOf(control))).toEqual([])
})

test('a user who denies is not signed in; what the server says about it is not shown as a page', async ({
  page,
  service: { app, control },
  open,
}) => {
  await open(page, app.origin)
  await signInButton(page).click()
  await sayWho(page)
  await deny(page)
  await expect(code(page)).toHaveText('access-denied')
  await expect(status(page)).toHaveText('signed-out')
  await expect(page.getByText('said the user')).toHaveCount(0)
  expect(page.url()).toBe(`${app.origin}/`)
  expect(await control.count('POST /oauth/token')).toBe(0)
})

test('a token in the fragment (implicit flow) is refused with an explanation, and nobody gets to see it', async ({
  page,
  service: { app, server, control },
  open,
  everythingReachable,
}) => {
  await control.run({ do: 'implicit' })
  await open(page, app.origin)
  await signInAt(page)
  await expect(code(page)).toHaveText('implicit-flow')
  await expect(events(page)).toContainText(
    'Let the server allow the authorization code flow with PKCE for this client, and the implicit flow no more',
  )
  await expect(status(page)).toHaveText('signed-out')
  const secrets = await secretsOf(control)
  expect(secrets.some(({ name }) => name.startsWith('accessTokens'))).toBe(true)
  expect(findSecrets(await everythingReachable(page), secrets)).toEqual([])
  const visited = (await navigationHistory(page)).filter((url) => !url.startsWith(server.origin))
  expect(findSecrets(visited.join('\n'), secrets)).toEqual([])
  expect(await fetchInPage(page, `${server.origin}/api/me`)).toMatchObject({ status: 401 })
  expect(await control.count('POST /oauth/token')).toBe(0)
})

test('a response with a state of nobody here is refused before anything is sent, and says why', async ({
  page,
  service: { app, control },
  open,
}) => {
  await open(page, app.origin)
  await page.goto(`${app.guardianOrigin}/auth/callback?code=of-somebody&state=of-somebody`)
  await expect(code(page)).toHaveText('unknown-state')
  await expect(events(page)).toContainText('began in another browser or on another origin')
  expect(await control.count('POST /oauth/token')).toBe(0)
})

test('when the token is over there is nothing to refresh it with: the user signs in again', async ({
  page,
  context,
  service: { app, server },
  open,
}) => {
  const clock = (seconds: number): Promise<void> =>
    moveClock(context, { origin: app.origin, vaultOrigin: app.vaultOrigin }, seconds)
  await open(page, app.origin)
  await signInAt(page)
  await expect(status(page)).toContainText('signed-in')
  await clock(601)
  expect(await fetchInPage(page, `${server.origin}/api/me`)).toMatchObject({ status: 401 })
  await expect(status(page)).toHaveText('interaction-required')
  await expect(code(page)).toHaveText('token-expired')
  await clock(0)
  await signInAt(page)
  await expect(status(page)).toContainText('signed-in')
  expect(await fetchInPage(page, `${server.origin}/api/me`)).toMatchObject({ status: 200 })
})
