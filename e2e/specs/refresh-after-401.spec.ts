import { createHash } from 'node:crypto'

import { callApi, expect, status, test } from '../fixtures/app.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'

test.beforeEach(async ({ page, signIn }) => signIn(page))

test('a 401 with invalid_token is answered by one refresh and one replay with the whole body', async ({
  page,
  app,
  control,
}) => {
  await control.api.refuseIssuedTokens()
  const received = await page.evaluate(async (url) => {
    const bytes = Uint8Array.from({ length: 5 * 1024 * 1024 }, (_, index) => (index * 31) % 251)
    return (await fetch(url, { method: 'POST', body: new Blob([bytes]) })).json()
  }, `${app.apiOrigin}/v1/echo-body`)
  const sent = Uint8Array.from({ length: 5 * 1024 * 1024 }, (_, index) => (index * 31) % 251)
  expect(received).toEqual({
    method: 'POST',
    length: sent.length,
    sha256: createHash('sha256').update(sent).digest('hex'),
  })
  expect(await control.as.count('POST /token')).toBe(2)
  expect(await control.api.count('POST /v1/echo-body')).toBe(2)
})

test('an API that refuses the new token as well is not asked a third time, and the session stays', async ({
  page,
  app,
  control,
}) => {
  const url = `${app.apiOrigin}/v1/status/401?error=invalid_token`
  expect((await fetchInPage(page, url)).status).toBe(401)
  expect(await control.api.count('GET /v1/status/401')).toBe(2)
  expect(await control.as.count('POST /token')).toBe(2)
  await expect(status(page)).toHaveText('signed-in as alice')
})

test('other refusals cause no refresh', async ({ page, app, control }) => {
  for (const answer of ['401', '401?error=invalid_request', '403?error=insufficient_scope']) {
    const { status: given } = await fetchInPage(page, `${app.apiOrigin}/v1/status/${answer}`)
    expect(String(given)).toBe(answer.slice(0, 3))
  }
  expect(await control.as.count('POST /token')).toBe(1)
  expect(await control.api.log('/v1/status')).toHaveLength(3)
})

test('a refresh token that was rotated is never sent again', async ({ page, clock, control }) => {
  for (const round of [1, 2, 3]) {
    await clock(61 * round)
    expect(await callApi(page)).toMatchObject({ status: 200 })
  }
  await control.api.refuseIssuedTokens()
  expect(await callApi(page)).toMatchObject({ status: 200 })
  const { refreshTokens, usedRefreshTokens } = await control.as.issued()
  expect(refreshTokens).toHaveLength(5)
  expect(usedRefreshTokens).toEqual(refreshTokens.slice(0, 4))
})
