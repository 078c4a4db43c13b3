import { expect, test } from '../fixtures/app.ts'
import { fetchInPage, SentRequests } from '../fixtures/page-calls.ts'

test('cache mode and headers of the page are kept, on one origin credentials too; its own Authorization is not', async ({
  page,
  context,
  app,
  signIn,
  secrets,
}) => {
  await signIn(page)
  await context.addCookies([{ name: 'api', value: 'cookie', url: app.apiOrigin }])
  const sent = new SentRequests(context, app, `${app.apiOrigin}/v1/me`)
  const url = `${app.apiOrigin}/v1/me`
  const headers = { 'x-request-id': 'mine', authorization: 'Bearer forged', dpop: 'forged' }
  await fetchInPage(page, url, { credentials: 'include', cache: 'no-cache', headers })
  await fetchInPage(page, url, { credentials: 'omit', headers: { authorization: 'Basic YTpi' } })
  await fetchInPage(page, url, { cache: 'reload' })

  const accessToken = (await secrets()).find(({ name }) => name === 'accessTokens[0]')
  const [included, omitted, reloaded] = await sent.byGuardian()
  for (const request of [included, omitted, reloaded]) {
    expect(request?.['authorization']).toBe(`Bearer ${accessToken?.value}`)
    expect(request?.['dpop']).toBeUndefined()
  }
  // A vault sends no cookies: the page's would not be the ones that its frame has.
  if (app.vaultOrigin === undefined) expect(included?.['cookie']).toContain('api=cookie')
  else expect(included?.['cookie']).toBeUndefined()
  expect(included?.['cache-control']).toBe('max-age=0')
  expect(included?.['x-request-id']).toBe('mine')
  expect(omitted?.['cookie']).toBeUndefined()
  expect(omitted?.['cache-control']).toBeUndefined()
  expect(reloaded?.['cache-control']).toBe('no-cache')
  expect(reloaded?.['cookie'] ?? '').not.toContain('api=cookie')
})

test('without a session a request goes out without a token, and not with one of the page', async ({
  page,
  app,
  open,
  control,
}) => {
  await open(page)
  const headers = { authorization: 'Bearer forged' }
  expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`, { headers })).toMatchObject({
    status: 401,
  })
  expect(await control.api.log('/v1/me')).toMatchObject([{ authorization: 'none' }])
})
