import type { Page } from '@playwright/test'

import { expect, test, type App } from '../fixtures/app.ts'
import { errorCodes, openClient, signInHere, told } from '../fixtures/client-calls.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'

const transfer = ({ apiOrigin }: App, query: string): string => `${apiOrigin}/v1/step-up?${query}`

test.beforeEach(async ({ page, app, signIn }) => {
  await signIn(page)
  await openClient(page, app)
})

async function stepUps(page: Page): Promise<readonly unknown[]> {
  return (await told(page, 'stepup')).map(({ detail }) => detail)
}

test('an API’s demand for a stronger sign-in reaches the app, which signs in so and repeats its call', async ({
  page,
  app,
  control,
  expectNoSecrets,
}) => {
  const url = transfer(app, 'acr_values=gold+platinum&max_age=300')
  const refused = await fetchInPage(page, url)
  expect(refused).toMatchObject({ status: 401, text: '{"error":"sign in better"}' })
  await expect
    .poll(() => stepUps(page))
    .toEqual([
      {
        acrValues: ['gold', 'platinum'],
        maxAge: 300,
        resource: `${app.apiOrigin}/v1/`,
        client: 'default',
        attempts: 0,
      },
    ])
  expect(await control.api.log('/v1/step-up')).toHaveLength(1)
  expect(await control.as.count('POST /token')).toBe(1)

  await signInHere(page, { acrValues: ['gold', 'platinum'], maxAge: 300 })
  expect(await fetchInPage(page, url)).toMatchObject({
    status: 200,
    text: '{"sub":"alice","acr":"gold"}',
  })
  expect(await stepUps(page)).toEqual([])
  await expectNoSecrets(page)
})

test('a page that did not ask hears nothing', async ({ page, context, app }) => {
  const other = await context.newPage()
  await openClient(other, app)
  await fetchInPage(page, transfer(app, 'acr_values=gold'))
  await expect.poll(async () => (await stepUps(page)).length).toBe(1)
  await fetchInPage(other, `${app.apiOrigin}/v1/me`)
  expect(await stepUps(other)).toEqual([])
})

test('a sign-in that does not get the acr is none, and the session of before goes on', async ({
  page,
  app,
}) => {
  await signInHere(page, { acrValues: ['platinum'] })
  await expect.poll(() => errorCodes(page)).toContain('id-token-acr')
  expect(await page.evaluate(() => window.client.session)).toMatchObject({
    status: 'signed-in',
    user: { sub: 'alice' },
  })
  expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`)).toMatchObject({ status: 200 })
})

test('an API that is never content is announced with the number of attempts, and at last as an error', async ({
  page,
  app,
  control,
}) => {
  const challenge =
    'DPoP algs="ES256", BEARER error="insufficient_user_authentication", acr_values="gold"'
  await control.api.fault('/v1/me', 'status', {
    status: 401,
    headers: { 'www-authenticate': challenge },
  })
  const url = `${app.apiOrigin}/v1/me`
  for (const attempts of [0, 1, 2]) {
    expect(await fetchInPage(page, url)).toMatchObject({ status: 401 })
    await expect.poll(() => stepUps(page)).toMatchObject([{ acrValues: ['gold'], attempts }])
    await signInHere(page, { acrValues: ['gold'] })
  }
  expect(await fetchInPage(page, url)).toMatchObject({ status: 401 })
  await expect.poll(() => errorCodes(page)).toEqual(['step-up-failed'])
  expect(await stepUps(page)).toEqual([])
  expect(await page.evaluate(() => window.client.session.status)).toBe('signed-in')
})

test('a scope that is missing is named, and nothing is refreshed', async ({
  page,
  app,
  control,
}) => {
  expect(await fetchInPage(page, `${app.apiOrigin}/v1/scoped/admin`)).toMatchObject({ status: 403 })
  await expect
    .poll(() => told(page, 'error'))
    .toEqual([
      { name: 'error', detail: { code: 'insufficient-scope', phase: 'api', scope: ['admin'] } },
    ])
  expect(await control.as.count('POST /token')).toBe(1)
})

test.describe('a token that the API refuses also after a refresh is explained by its metadata', () => {
  const cases = [
    [{ authorization_servers: ['https://other.example'] }, 'issuer-not-accepted'],
    [{ dpop_bound_access_tokens_required: true }, 'dpop-required'],
    [{ scopes_supported: ['admin'] }, 'insufficient-scope'],
    [{}, 'token-refused'],
  ] as const
  for (const [metadata, code] of cases) {
    test(code, async ({ page, app, control }) => {
      await control.api.describe(metadata)
      const url = `${app.apiOrigin}/v1/status/401?error=invalid_token`
      expect(await fetchInPage(page, url)).toMatchObject({ status: 401 })
      await expect.poll(() => errorCodes(page)).toEqual([code])
      expect(await fetchInPage(page, url)).toMatchObject({ status: 401 })
      const asked = await control.api.log('/.well-known/oauth-protected-resource')
      expect(asked).toMatchObject([{ authorization: 'none' }])
    })
  }
})
