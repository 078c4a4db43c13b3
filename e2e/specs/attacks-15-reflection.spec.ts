import { expect, test } from '../fixtures/attack-app.ts'
import { fetchInPage, type FetchOptions } from '../fixtures/page-calls.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

const tries: readonly FetchOptions[] = [
  {},
  { method: 'POST', body: 'x' },
  { credentials: 'include' },
  { cache: 'force-cache' },
  { cache: 'reload' },
  { headers: { 'x-original-url': '/v1/me', 'x-forwarded-prefix': '/v1/' } },
]

test('a path that echoes headers lies outside the resource and shows no token', async ({
  page,
  app,
  signIn,
}) => {
  await signIn(page)
  expect((await fetchInPage(page, `${app.apiOrigin}/v1/me`)).status).toBe(200)
  for (const options of tries) {
    const { text } = await fetchInPage(page, `${app.apiOrigin}/debug/headers`, options)
    expect(text, JSON.stringify(options)).not.toMatch(/Bearer|eyJ/)
  }
})

test('bites: a worker that gives the token to the whole origin shows it there', async ({
  page,
  app,
  startNaive,
  signInNaively,
}) => {
  const naive = await startNaive()
  await signInNaively(page, naive)
  const { text } = await fetchInPage(page, `${app.apiOrigin}/debug/headers`)
  expect(text).toContain('Bearer eyJ')
})

// The browser keeps the answer that the guardian withholds, and gives it to the next request of the page, for which no
// token is needed. A vault of the same site shares the cache with the app, so it is open there as well, for an echo that lets
// every origin read. When it is repaired, this test turns red: take `.fail` away then.
test.fail(
  'an echo behind a redirect that the browser may keep shows no token later',
  async ({ page, app, signIn, startWeak, attacker }) => {
    // Here the attacker's server plays an API with a redirect below its prefix and an echo beside it.
    const resources = [{ url: `${app.apiOrigin}/v1/` }, { url: `${attacker.origin}/hop/` }]
    const root = await buildOwnDemo('cached-echo', app, { guardian: { resources } })
    const target = await startWeak({ root, connectOrigins: [attacker.origin] })
    await signIn(page, 'alice', target.origin)
    const echo = `${attacker.origin}/echo?anyone&cache=max-age%3D600`
    const first = await fetchInPage(page, `${attacker.origin}/hop/?to=${encodeURIComponent(echo)}`)
    expect(first.text).toBe('TypeError')
    expect(attacker.credentials(), 'the echo was sent the token').toHaveLength(2)
    for (const credentials of ['omit', 'same-origin', 'include'] as const) {
      const { text } = await fetchInPage(page, echo, { cache: 'force-cache', credentials })
      expect(text, credentials).not.toContain('Bearer')
    }
  },
)
