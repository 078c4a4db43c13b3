import { expect, findSecrets, test, type OwnApp } from '../fixtures/app.ts'
import { ApiControl, AuthorizationServerControl } from '../fixtures/control.ts'
import { events, signOut, status } from '../fixtures/demo-page.ts'
import { buildOwnDemo, ownOrigins } from '../fixtures/own-vault.ts'
import { fetchInPage, fetchManyInPage } from '../fixtures/page-calls.ts'
import { namedSecrets } from '../fixtures/secrets.ts'
import { startApiServer } from '../servers/api-server.ts'
import type { RunningServer } from '../servers/running-server.ts'
import { startBackend, type Backend } from '../servers/start.ts'

/** What the second API is called where tokens are asked for; it takes tokens for no other audience. */
const SECOND = 'https://second-api.example/'
const CALLS_AT_ONCE = 20

let backend: Backend
let secondApi: RunningServer
let own: OwnApp
let as: AuthorizationServerControl
let urls: { readonly first: string; readonly second: string }

test.beforeEach(async ({ app, startApp }) => {
  const appOrigins = ownOrigins(app)
  backend = await startBackend({
    appOrigins,
    authorizationServer: { furtherResources: [SECOND] },
  })
  const { origin: asOrigin } = backend.authorizationServer
  const { origin: apiOrigin } = backend.api
  secondApi = await startApiServer({ port: 0, issuer: asOrigin, audience: SECOND, appOrigins })
  as = new AuthorizationServerControl(asOrigin)
  const root = await buildOwnDemo(
    'token-per-api',
    { ...app, asOrigin, apiOrigin },
    {
      guardian: {
        resources: [
          { url: `${apiOrigin}/v1/`, resource: `${apiOrigin}/` },
          { url: `${secondApi.origin}/v1/`, resource: SECOND, scope: 'api:read' },
        ],
      },
    },
  )
  own = await startApp({ root, connectOrigins: [asOrigin, apiOrigin, secondApi.origin] })
  urls = { first: `${apiOrigin}/v1/me`, second: `${secondApi.origin}/v1/me` }
})

test.afterEach(() => Promise.all([backend.close(), secondApi.close()]))

const tokenRequests = (): Promise<number> => as.count('POST /token')

test('each of two APIs gets a token of its own, by one token request for 20 first calls at once', async ({
  page,
  signIn,
  everythingReachable,
}) => {
  await signIn(page, 'alice', own.origin)
  expect(JSON.parse((await fetchInPage(page, urls.first)).text)).toEqual({
    sub: 'alice',
    scope: 'api:read api:write',
  })
  expect(await tokenRequests()).toBe(1)

  const answers = await fetchManyInPage(
    page,
    Array.from({ length: CALLS_AT_ONCE }, () => urls.second),
  )
  const expected = { status: 200, text: JSON.stringify({ sub: 'alice', scope: 'api:read' }) }
  expect(answers).toMatchObject(Array.from({ length: CALLS_AT_ONCE }, () => expected))
  expect(await tokenRequests()).toBe(2)
  expect(await fetchInPage(page, urls.first)).toMatchObject({ status: 200 })
  expect(await tokenRequests()).toBe(2)

  // The first one's token was not tried there.
  const secondCalls = await new ApiControl(secondApi.origin).count('GET /v1/me')
  expect(secondCalls).toBe(CALLS_AT_ONCE)

  // That each takes its own only is not for want of checking.
  const issued = await as.issued()
  const [first = '', second = ''] = issued.accessTokens
  for (const [url, token, taken] of [
    [urls.first, first, 200],
    [urls.first, second, 401],
    [urls.second, second, 200],
    [urls.second, first, 401],
  ] as const) {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(taken)
  }
  expect(findSecrets(await everythingReachable(page), namedSecrets(issued))).toEqual([])
})

test('an API that refuses its token has that one refreshed, and a sign-out revokes both', async ({
  page,
  signIn,
}) => {
  await signIn(page, 'alice', own.origin)
  for (const url of [urls.first, urls.second]) {
    expect(await fetchInPage(page, url)).toMatchObject({ status: 200 })
  }
  await new ApiControl(secondApi.origin).refuseIssuedTokens()
  expect(await fetchInPage(page, urls.second)).toMatchObject({ status: 200 })
  expect(await tokenRequests()).toBe(3)
  expect(await fetchInPage(page, urls.first)).toMatchObject({ status: 200 })
  expect(await tokenRequests()).toBe(3)

  await signOut(page, own)
  // The refresh token, and an access token for each API.
  await expect.poll(() => as.count('POST /revoke')).toBe(3)
  for (const url of [urls.first, urls.second]) {
    expect(await fetchInPage(page, url)).toMatchObject({ status: 401 })
  }
})

test('an API whose token the server refuses fails by itself: the page is told once, and stays signed in', async ({
  page,
  signIn,
}) => {
  await signIn(page, 'alice', own.origin)
  await as.fault('/token', 'status', {
    status: 400,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: 'invalid_target' }),
  })
  const calls = Array.from({ length: CALLS_AT_ONCE }, () => urls.second)
  const answers = await fetchManyInPage(page, calls)
  expect(new Set(answers.map(({ status: answered }) => answered))).toEqual(new Set([0]))
  expect(await fetchInPage(page, urls.second)).toMatchObject({ status: 0 })
  await expect(events(page)).toContainText('resource-not-granted')
  expect((await events(page).textContent())?.split('resource-not-granted')).toHaveLength(2)
  expect(await tokenRequests()).toBe(2)
  expect(await fetchInPage(page, urls.first)).toMatchObject({ status: 200 })
  await expect(status(page)).toHaveText('signed-in as alice')
})
