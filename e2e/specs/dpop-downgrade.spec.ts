import {
  callApi,
  code,
  enterPassword,
  events,
  expect,
  signInButton,
  status,
  test,
} from '../fixtures/app.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'

test.use({ variant: 'dpop' })

test('a sign-in that is answered with a bearer token fails, and the token is used nowhere', async ({
  page,
  open,
  control,
}) => {
  await control.as.dpop({ downgrade: true })
  await open(page)
  await signInButton(page).click()
  await enterPassword(page)
  await expect(events(page)).toContainText('dpop-downgrade')
  await expect(status(page)).toHaveText('signed-out')
  expect(await callApi(page)).toMatchObject({ status: 401 })
  expect((await control.api.log('/v1/')).map((entry) => entry.authorization)).toEqual(['none'])
})

test('a refresh that is answered with a bearer token ends the session, and neither it nor the old refresh token is used', async ({
  page,
  signIn,
  control,
}) => {
  await signIn(page)
  await control.as.dpop({ downgrade: true })
  await control.api.refuseIssuedTokens()
  expect(await callApi(page)).toMatchObject({ status: 401 })
  await expect(status(page)).toHaveText('interaction-required')
  await expect(code(page)).toHaveText('dpop-downgrade')
  await control.as.dpop({ downgrade: false })
  expect(await callApi(page)).toMatchObject({ status: 401 })
  expect((await control.api.log('/v1/')).map((entry) => entry.authorization)).toEqual([
    'dpop',
    'none',
  ])
  expect(await control.as.count('POST /token')).toBe(2)
  await signIn(page)
  expect(await callApi(page)).toMatchObject({ status: 200 })
})

test('an API that asks for a bearer token gets none', async ({ page, app, signIn, control }) => {
  await signIn(page)
  const headers = { 'www-authenticate': 'Bearer error="invalid_request"' }
  await control.api.fault('/v1/me', 'status', { status: 401, headers })
  expect((await fetchInPage(page, `${app.apiOrigin}/v1/me`)).status).toBe(401)
  expect((await control.api.log('/v1/')).map((entry) => entry.authorization)).toEqual(['dpop'])
})
