import { createHash } from 'node:crypto'

import {
  callApi,
  enterPassword,
  events,
  expect,
  signInButton,
  status,
  test,
} from '../fixtures/app.ts'
import { fetchInPage, fetchManyInPage } from '../fixtures/page-calls.ts'

test.use({ variant: 'dpop' })

test('nonces that both servers demand cost one request each, once, also for refreshes', async ({
  page,
  signIn,
  control,
}) => {
  await control.as.dpop({ nonce: true })
  await control.api.dpop({ nonce: true })
  await signIn(page)
  expect(await control.as.count('POST /token')).toBe(2)
  expect(await callApi(page)).toMatchObject({ status: 200 })
  expect(await control.api.count('GET /v1/me')).toBe(2)
  expect(await callApi(page)).toMatchObject({ status: 200 })
  expect(await control.api.count('GET /v1/me')).toBe(3)
  await control.api.refuseIssuedTokens()
  expect(await callApi(page)).toMatchObject({ status: 200 })
  expect(await control.as.count('POST /token')).toBe(3)
  // The refused token, and the new one.
  expect(await control.api.count('GET /v1/me')).toBe(5)
})

test('a nonce that was renewed costs one more request, and the whole body arrives', async ({
  page,
  app,
  signIn,
  control,
}) => {
  await control.api.dpop({ nonce: true })
  await signIn(page)
  expect(await callApi(page)).toMatchObject({ status: 200 })
  await control.api.run({ do: 'new-dpop-nonce' })
  const received = await page.evaluate(async (url) => {
    const bytes = Uint8Array.from({ length: 1024 * 1024 }, (_, index) => (index * 31) % 251)
    return (await fetch(url, { method: 'POST', body: new Blob([bytes]) })).json()
  }, `${app.apiOrigin}/v1/echo-body`)
  const sent = Uint8Array.from({ length: 1024 * 1024 }, (_, index) => (index * 31) % 251)
  expect(received).toEqual({
    method: 'POST',
    length: sent.length,
    sha256: createHash('sha256').update(sent).digest('hex'),
  })
  expect(await control.api.count('POST /v1/echo-body')).toBe(2)
})

test('a refused token is refreshed and the request sent once more, with nonces demanded for the first time', async ({
  page,
  signIn,
  control,
}) => {
  await signIn(page)
  await control.api.dpop({ nonce: true })
  await control.api.refuseIssuedTokens()
  expect(await callApi(page)).toMatchObject({ status: 200 })
  // The refused token, the proof without a nonce, and the one with it.
  expect(await control.api.count('GET /v1/me')).toBe(3)
  expect(await control.as.count('POST /token')).toBe(2)
})

test('20 calls at once before the first nonce is known are all answered', async ({
  page,
  app,
  signIn,
  control,
}) => {
  await control.api.dpop({ nonce: true })
  await signIn(page)
  const urls = Array.from({ length: 20 }, (_, index) => `${app.apiOrigin}/v1/me?n=${index}`)
  const outcomes = await fetchManyInPage(page, urls)
  expect(outcomes.map((outcome) => outcome.status)).toEqual(urls.map(() => 200))
  expect(await control.api.count('GET /v1/me')).toBeLessThanOrEqual(40)
})

test('an API whose nonce cannot be read is named, and asked once', async ({
  page,
  app,
  signIn,
  control,
}) => {
  await control.api.dpop({ nonce: true, hideNonce: true })
  await signIn(page)
  expect((await fetchInPage(page, `${app.apiOrigin}/v1/me`)).status).toBe(401)
  await expect(events(page)).toContainText('dpop-nonce-unreadable')
  expect(await control.api.count('GET /v1/me')).toBe(1)
  await expect(status(page)).toHaveText('signed-in as alice')
})

test('an authorization server whose nonce cannot be read is named, and asked once', async ({
  page,
  open,
  control,
}) => {
  await control.as.dpop({ nonce: true, hideNonce: true })
  await open(page)
  await signInButton(page).click()
  await enterPassword(page)
  await expect(events(page)).toContainText('dpop-nonce-unreadable')
  await expect(status(page)).toHaveText('signed-out')
  expect(await control.as.count('POST /token')).toBe(1)
})
