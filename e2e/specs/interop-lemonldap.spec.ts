import type { Page } from '@playwright/test'

import {
  code,
  events,
  expect,
  findSecrets,
  navigationHistory,
  signInButton,
  signOut,
  status,
  type App,
} from '../fixtures/app.ts'
import { moveClock } from '../fixtures/clock.ts'
import type { AuthorizationServerControl } from '../fixtures/control.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'
import { secretsOf, seedTest } from '../fixtures/seeds.ts'
import { startLemonldapServer } from '../servers/interop/lemonldap-server.ts'

const test = seedTest({
  name: 'lemonldap',
  start: ({ appOrigins, pageOrigins, ...registration }) =>
    startLemonldapServer({ ...registration, apiCallers: [...appOrigins, ...pageOrigins] }),
  // To the letter: the portal's issuer ends in a slash.
  client: ({ origin }) => ({ issuer: `${origin}/`, scope: 'openid profile email' }),
  api: ({ origin }) => `${origin}/api/`,
})

const overAccessTokens = 3601

/** Fills in the portal's login page. Its demonstration accounts have their names as passwords. */
async function logIn(page: Page, user: string): Promise<void> {
  await page.locator('input[name=user]').fill(user)
  await page.locator('input[name=password]').fill(user)
  await page.locator('#lform button[type=submit]').click()
}

async function signInAt(page: Page): Promise<void> {
  await signInButton(page).click()
  await logIn(page, 'dwho')
  await expect(status(page)).toHaveText('signed-in as dwho')
}

const callApi = (page: Page, { origin }: { readonly origin: string }) =>
  fetchInPage(page, `${origin}/api/me`)

async function presented(control: AuthorizationServerControl): Promise<readonly string[]> {
  return (await control.run({ do: 'presented' }))['presented'] as string[]
}

/** The errors that the portal's token endpoint answered with. */
async function refusals(control: AuthorizationServerControl): Promise<readonly string[]> {
  return (await control.run({ do: 'refusals' }))['refusals'] as string[]
}

const clockOf = ({ origin, vaultOrigin }: App) => ({ origin, vaultOrigin })

test('the portal is what the guardian has to get along with', async ({ service: { server } }) => {
  const response = await fetch(`${server.origin}/.well-known/openid-configuration`)
  expect(response.headers.get('access-control-allow-headers')).toBe('*')
  const metadata = (await response.json()) as Readonly<Record<string, unknown>>
  expect(metadata).toMatchObject({
    issuer: `${server.origin}/`,
    id_token_signing_alg_values_supported: expect.arrayContaining(['none', 'HS256', 'RS256']),
  })
  // It does not say that it knows clients without a secret, has no revocation, and does not name itself in its answers.
  expect(metadata['token_endpoint_auth_methods_supported']).not.toContain('none')
  expect(metadata).not.toHaveProperty('revocation_endpoint')
  expect(metadata).not.toHaveProperty('authorization_response_iss_parameter_supported')
})

test('a sign-in by redirect: the API gets the access token of the portal, and the page gets no token', async ({
  page,
  service: { app, server, control },
  open,
  everythingReachable,
}) => {
  await open(page, app.origin)
  await signInButton(page).click()
  await expect(page.locator('input[name=user]')).toBeVisible()
  const asked = new URL(page.url()).searchParams
  expect(asked.get('code_challenge_method')).toBe('S256')
  const callback = page.waitForRequest((request) => request.url().includes('/auth/callback?'))
  await logIn(page, 'dwho')
  // The portal adds a parameter of session management in base64, which is nothing to the guardian.
  const answer = new URL((await callback).url()).searchParams
  expect(answer.get('session_state')).toMatch(/^[\w+/]{43}=\.[\w-]+$/)
  expect(answer.has('iss')).toBe(false)
  await expect(status(page)).toHaveText('signed-in as dwho')
  expect(page.url()).toBe(`${app.origin}/`)

  expect(await callApi(page, server)).toMatchObject({ status: 200, text: '{"sub":"dwho"}' })
  const issued = await control.issued()
  expect(await presented(control)).toEqual(issued.accessTokens)
  for (const kind of ['codes', 'verifiers', 'accessTokens', 'refreshTokens', 'idTokens'] as const) {
    expect(issued[kind]).toHaveLength(1)
  }
  const secrets = await secretsOf(control)
  expect(findSecrets(await everythingReachable(page), secrets)).toEqual([])
  const visited = (await navigationHistory(page)).filter((url) => !url.startsWith(server.origin))
  expect(findSecrets(visited.join('\n'), secrets)).toEqual([])
})

test('a refresh brings no refresh token: the old one is kept and works again', async ({
  page,
  context,
  service: { app, server, control },
  open,
  everythingReachable,
}) => {
  await open(page, app.origin)
  await signInAt(page)
  for (const times of [1, 2]) {
    await moveClock(context, clockOf(app), times * overAccessTokens)
    expect(await callApi(page, server)).toMatchObject({ status: 200, text: '{"sub":"dwho"}' })
    const { accessTokens, refreshTokens, usedRefreshTokens } = await control.issued()
    expect(accessTokens).toHaveLength(1 + times)
    expect(refreshTokens).toHaveLength(1)
    expect(usedRefreshTokens).toEqual(Array.from({ length: times }, () => refreshTokens[0]))
    expect((await presented(control)).at(-1)).toBe(accessTokens.at(-1))
  }
  await expect(status(page)).toHaveText('signed-in as dwho')
  expect(findSecrets(await everythingReachable(page), await secretsOf(control))).toEqual([])
})

test('a token that the API refuses is refreshed, and the request sent again', async ({
  page,
  service: { app, server, control },
  open,
}) => {
  await open(page, app.origin)
  await signInAt(page)
  await control.run({ do: 'expire' })
  expect(await callApi(page, server)).toMatchObject({ status: 200, text: '{"sub":"dwho"}' })
  const { accessTokens } = await control.issued()
  expect(accessTokens).toHaveLength(2)
  expect(await presented(control)).toEqual(accessTokens)
  expect(await control.count('POST /oauth2/token')).toBe(2)
})

for (const [what, command, oauthError] of [
  ['a refresh token that is over', { do: 'revoke' }, 'invalid_request'],
  ['a sign-in that is over at the portal', { do: 'expire-sessions' }, 'invalid_grant'],
] as const) {
  test(`${what} (${oauthError}) ends the session, and the user may sign in again`, async ({
    page,
    context,
    service: { app, server, control },
    open,
  }) => {
    await open(page, app.origin)
    await signInAt(page)
    await control.run(command)
    await moveClock(context, clockOf(app), overAccessTokens)
    expect(await callApi(page, server)).toMatchObject({ status: 401 })
    expect(await refusals(control)).toEqual([oauthError])
    await expect(status(page)).toHaveText('interaction-required')
    await expect(code(page)).toHaveText('session-ended')
    expect(await control.count('POST /oauth2/token')).toBe(2)

    await moveClock(context, clockOf(app), 0)
    await context.clearCookies({ name: 'lemonldap' })
    await signInAt(page)
    expect(await callApi(page, server)).toMatchObject({ status: 200 })
  })
}

test('a sign-out ends the session here and at the portal, and comes back', async ({
  page,
  service: { app, server, control },
  open,
  everythingReachable,
}) => {
  await open(page, app.origin)
  await signInAt(page)
  await signOut(page, app)
  expect(page.url()).toBe(`${app.origin}/`)
  expect(await control.count('GET /oauth2/logout')).toBe(1)
  expect(await callApi(page, server)).toMatchObject({ status: 401 })
  expect(await presented(control)).toEqual([])
  expect(findSecrets(await everythingReachable(page), await secretsOf(control))).toEqual([])
  // The portal forgot the user as well.
  await signInAt(page)
})

test('a user who is asked for consent and refuses is not signed in, and the page knows why', async ({
  page,
  service: { app, server, control },
  open,
}) => {
  await open(page, app.origin)
  await signInButton(page).click()
  await logIn(page, 'rtyler')
  await page.locator('#refuse').click()
  await expect(code(page)).toHaveText('login-required')
  await expect(status(page)).toHaveText('signed-out')
  expect(page.url()).toBe(`${app.origin}/`)
  expect(await callApi(page, server)).toMatchObject({ status: 401 })
  expect(await control.count('POST /oauth2/token')).toBe(0)
})

test('after a consent the portal does not come back from a sign-out: the session is over here all the same', async ({
  page,
  service: { app, server, control },
  open,
}) => {
  await open(page, app.origin)
  await signInButton(page).click()
  await logIn(page, 'rtyler')
  await page.locator('form.confirm button.positive').click()
  await expect(status(page)).toHaveText('signed-in as rtyler')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(`${server.origin}/**`)
  await open(page, app.origin)
  await expect(status(page)).toHaveText('signed-out')
  expect(await callApi(page, server)).toMatchObject({ status: 401 })
  expect(await control.count('GET /oauth2/logout')).toBe(1)
})

test('an issuer without the slash at its end is another one, with which nobody is signed in', async ({
  page,
  service: { app, server, control },
  open,
}) => {
  const address = `${server.origin}/.well-known/openid-configuration`
  const metadata = (await (await fetch(address)).json()) as object
  const body = JSON.stringify({ ...metadata, issuer: server.origin })
  await control.fault(new URL(address).pathname, 'status', { status: 200, body })
  await open(page, app.origin)
  await signInButton(page).click()
  await expect(code(page)).toHaveText('metadata-invalid')
  await expect(status(page)).toHaveText('signed-out')
  expect(await control.count('GET /oauth2/authorize')).toBe(0)
})

test('a redirect URI that is not registered: the portal says so on its page, and nothing is lost', async ({
  page,
  service: { app, control },
  open,
}) => {
  await page.route('**/oauth2/authorize?*', (route) => {
    const url = new URL(route.request().url())
    url.searchParams.set('redirect_uri', `${app.guardianOrigin}/auth/callback/`)
    return route.continue({ url: url.href })
  })
  await open(page, app.origin)
  await signInButton(page).click()
  await logIn(page, 'dwho')
  // Its message of that number: the URL is not authorized.
  await expect(page.locator('[trmsg="108"]')).toBeVisible()
  expect(await control.count('POST /oauth2/token')).toBe(0)

  await page.unroute('**/oauth2/authorize?*')
  await open(page, app.origin)
  await expect(status(page)).toHaveText('signed-out')
  await signInButton(page).click()
  await expect(status(page)).toHaveText('signed-in as dwho')
})

test('a wrong password stays between the user and the portal', async ({
  page,
  service: { app, control },
  open,
}) => {
  await open(page, app.origin)
  await signInButton(page).click()
  await page.locator('input[name=user]').fill('dwho')
  await page.locator('input[name=password]').fill('wrong')
  await page.locator('#lform button[type=submit]').click()
  await expect(page.locator('.message-negative')).toBeVisible()
  await logIn(page, 'dwho')
  await expect(status(page)).toHaveText('signed-in as dwho')
  await expect(
    events(page).locator('code').filter({ hasNotText: 'deployment-unsafe' }),
  ).toHaveCount(0)
  expect(await control.count('POST /oauth2/token')).toBe(1)
})
