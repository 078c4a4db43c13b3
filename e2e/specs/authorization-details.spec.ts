import { callApi, expect, test } from '../fixtures/app.ts'
import { openClient } from '../fixtures/client-calls.ts'
import { addClientPage } from '../fixtures/client-page.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

test('authorization details and the resource indicator of the configuration are those of the access token, and the page sees what was granted', async ({
  page,
  app,
  signIn,
  startApp,
  control,
}) => {
  const authorizationDetails = [{ type: 'orders', actions: ['read'], shop: 7 }]
  const resource = `${app.apiOrigin}/`
  const root = await buildOwnDemo('authorization-details', app, {
    client: { authorizationDetails },
    guardian: { resources: [{ url: `${app.apiOrigin}/v1/`, resource }] },
  })
  await addClientPage(root)
  const { origin } = await startApp({ root })
  await signIn(page, 'alice', origin)
  expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  const [token = ''] = (await control.as.issued()).accessTokens
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  expect(claims).toMatchObject({ aud: resource, authorization_details: authorizationDetails })
  await openClient(page, { origin })
  expect(await page.evaluate(() => window.client.session)).toMatchObject({ authorizationDetails })
})

test('two audiences for one client do not build', async ({ app }) => {
  const resources = [
    { url: `${app.apiOrigin}/v1/`, audience: 'one' },
    { url: `${app.apiOrigin}/v2/`, audience: 'two' },
  ]
  await expect(buildOwnDemo('audiences', app, { guardian: { resources } })).rejects.toThrow(
    /give each audience a client of its own/,
  )
})
