import { endSessions, signIn as signInByKit } from 'token-guardian/testing/playwright'
import { startDevServer, type DevServer } from 'token-guardian/testing/server'

import { callApi, code, expect, status, test as base, type App } from '../fixtures/app.ts'
import { buildOwnDemo, ownOrigins } from '../fixtures/own-vault.ts'

/** One for all tests here, for a build holds its origins. */
let server: DevServer | undefined

const test = base.extend<{ readonly devServer: DevServer; readonly kitApp: App }>({
  devServer: async ({ app }, use) => {
    server ??= await startDevServer(serverOptions(ownOrigins(app)))
    await use(server)
  },
  /** The demo with the development server, as an app of its users is. */
  kitApp: async ({ app, devServer, startApp }, use) => {
    const origins = { asOrigin: devServer.issuer, apiOrigin: devServer.apiOrigin ?? '' }
    const root = await buildOwnDemo('testing-playwright', { ...app, ...origins }, {})
    await use(await startApp({ root, connectOrigins: Object.values(origins) }))
  },
})

test.afterAll(() => server?.close())

function serverOptions(guardians: readonly string[], path = '/auth/callback') {
  const redirectUris = guardians.map((origin) => origin + path)
  return {
    port: 0,
    apiPort: 0,
    clients: [{ clientId: 'demo', redirectUris }],
    scopes: ['api:read', 'api:write'],
    users: { ada: { name: 'Ada Lovelace' } },
    appOrigins: guardians,
  }
}

test('users are signed in one after the other by the real flow, without the login page', async ({
  context,
  page,
  kitApp,
  devServer,
}) => {
  const paths: string[] = []
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin === devServer.issuer) paths.push(url.pathname)
  })
  await page.goto(kitApp.origin)
  await expect(status(page)).toHaveText('signed-out')
  await signInByKit(context, kitApp.origin, 'ada', { authServer: devServer.issuer })
  expect(paths).toEqual(expect.arrayContaining(['/auth', '/token']))
  expect(paths.filter((path) => path.startsWith('/interaction'))).toEqual([])
  expect(context.pages(), 'its own page is gone').toEqual([page])
  await expect(status(page), 'the open page heard of it').toHaveText('signed-in as Ada Lovelace')
  expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'ada', path: '/v1/me' } })

  await signInByKit(context, kitApp.origin, 'bob', { authServer: devServer.issuer })
  expect(
    paths.filter((path) => path === '/token'),
    'it waited for the exchange',
  ).toHaveLength(2)
  await page.goto(`${kitApp.origin}/?view=list`)
  await expect(status(page)).toHaveText('signed-in as bob')
  expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'bob' } })
})

test('what the server ends is over for the app', async ({ context, page, kitApp, devServer }) => {
  await signInByKit(context, kitApp.origin, 'ada', { authServer: devServer.issuer })
  await page.goto(kitApp.origin)
  await expect(status(page)).toHaveText('signed-in as Ada Lovelace')
  await endSessions(devServer.issuer, 'ada')
  expect(await callApi(page)).toMatchObject({ status: 401 })
  await expect(code(page)).toHaveText('session-ended')
})

test('a sign-in that does not come to an end says how far it came', async ({
  context,
  app,
  kitApp,
  devServer,
}) => {
  const authServer = devServer.issuer
  // This app is of another server, whose login page comes.
  await expect(
    signInByKit(context, app.origin, 'ada', { authServer, timeoutMs: 3000 }),
  ).rejects.toThrow(`the page is ${app.asOrigin}/interaction/`)
  const elsewhere = signInByKit(context, kitApp.origin, 'ada', { authServer: app.origin })
  await expect(elsewhere).rejects.toThrow('development server of token-guardian only')
  const nowhere = signInByKit(context, kitApp.origin, 'ada', { authServer: 'http://localhost:1' })
  await expect(nowhere).rejects.toThrow('npx token-guardian dev-server')
  const client = { workerUrl: '/missing-sw.js' }
  await expect(signInByKit(context, kitApp.origin, 'ada', { authServer, client })).rejects.toThrow(
    'worker-registration-failed',
  )

  await devServer.close()
  const strict = serverOptions(ownOrigins(app), '/elsewhere')
  server = await startDevServer({ ...strict, port: Number(new URL(authServer).port) })
  await expect(signInByKit(context, kitApp.origin, 'ada', { authServer })).rejects.toThrow(
    'redirect_uri',
  )
  expect(context.pages()).toEqual([])
})
