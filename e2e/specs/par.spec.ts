import { callApi, code, expect, signInButton, status, test } from '../fixtures/app.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

test('a pushed request leaves client_id and request_uri in the URL, and signs in', async ({
  page,
  app,
  signIn,
  startApp,
  control,
  expectNoSecrets,
}) => {
  const root = await buildOwnDemo('par', app, { client: { par: 'required' } })
  const { origin, guardianOrigin } = await startApp({ root })
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().startsWith(`${app.asOrigin}/auth?`)) asked.push(request.url())
  })
  await signIn(page, 'alice', origin)
  expect(asked.map((url) => [...new URL(url).searchParams.keys()])).toEqual([
    ['client_id', 'request_uri'],
  ])
  const pushed = await control.as.log('/par')
  expect(pushed).toMatchObject([{ method: 'POST', origin: guardianOrigin, referer: null }])
  expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  await expectNoSecrets(page)
})

test('a push that gets no answer says so, and the next one works', async ({
  page,
  app,
  open,
  startApp,
  signIn,
  control,
}) => {
  const root = await buildOwnDemo('par', app, { client: { par: 'required' } })
  const { origin } = await startApp({ root })
  for (const kind of ['status', 'drop'] as const) {
    await control.as.fault('/par', kind)
    await open(page, origin)
    await signInButton(page).click()
    await expect(code(page)).toHaveText('par-unreachable')
    await expect(status(page)).toHaveText('signed-out')
    expect(new URL(page.url()).origin).toBe(origin)
    expect(await control.as.count('GET /auth')).toBe(0)
    await control.as.reset()
  }
  await signIn(page, 'alice', origin)
})

test('a push that the server refuses says so', async ({ page, app, open, startApp, control }) => {
  const root = await buildOwnDemo('par-refused', app, {
    client: { par: 'required', clientId: 'unknown' },
  })
  const { origin } = await startApp({ root })
  await open(page, origin)
  await signInButton(page).click()
  // This server lets a browser read the answers to a client that it knows only.
  await expect(code(page)).toHaveText(/^par-(refused|unreachable)$/)
  expect(await control.as.count('POST /par')).toBe(1)
  expect(await control.as.count('GET /auth')).toBe(0)
})
