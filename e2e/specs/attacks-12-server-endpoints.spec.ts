import { expect, test } from '../fixtures/attack-app.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

const endpoints = ['/token', '/revoke', '/par', '/userinfo', '/introspect', '/jwks'] as const
const form = {
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'grant_type=refresh_token&client_id=demo&refresh_token=x',
}

test('the policy of the page keeps its requests from the authorization server', async ({
  page,
  app,
  signIn,
  control,
}) => {
  await signIn(page)
  const { counts } = await control.as.report()
  for (const path of endpoints) {
    expect((await fetchInPage(page, app.asOrigin + path, form)).status, path).toBe(0)
  }
  expect((await control.as.report()).counts).toEqual(counts)
})

test('without that policy they go out without a token, and no token comes back', async ({
  page,
  app,
  signIn,
  startWeak,
  control,
}) => {
  const target = await startWeak({ protections: { csp: false } })
  await signIn(page, 'alice', target.origin)
  const before = (await control.as.log()).length
  for (const path of endpoints) {
    const { text } = await fetchInPage(page, app.asOrigin + path, form)
    expect(text, path).not.toMatch(/eyJ|access_token|refresh_token"/)
  }
  const log = (await control.as.log()).slice(before)
  expect(log.length).toBe(endpoints.length)
  expect(log.filter(({ authorization }) => authorization !== 'none')).toEqual([])
})

test('a resource that covers the authorization server does not build', async ({ app }) => {
  const resources = [{ url: `${app.asOrigin}/` }]
  await expect(buildOwnDemo('covering', app, { guardian: { resources } })).rejects.toThrow(
    /covers the authorization server/,
  )
})

test('an API beside the token endpoint gets the token, the endpoint does not', async ({
  page,
  app,
  signIn,
  startWeak,
  control,
}) => {
  const resources = [{ url: `${app.asOrigin}/api/` }]
  const root = await buildOwnDemo('beside', app, { guardian: { resources } })
  const target = await startWeak({ root, protections: { csp: false } })
  await signIn(page, 'alice', target.origin)
  for (const path of ['/api/x', '/api/../token', '/api/%2e%2e/token', '/api/..%2ftoken']) {
    await fetchInPage(page, app.asOrigin + path, form)
  }
  // These are simple requests: the browser asks beforehand only for the one that is to have an Authorization header.
  const { counts } = await control.as.report()
  expect(counts).toMatchObject({ 'OPTIONS /api/x': 1 })
  expect(Object.keys(counts).filter((key) => /OPTIONS.*token/.test(key))).toEqual([])
  const log = await control.as.log()
  expect(log.filter(({ path }) => path.endsWith('token')).length).toBeGreaterThan(3)
  expect(log.filter(({ authorization }) => authorization !== 'none')).toEqual([])
})

test('bites: a naive worker adds the token to a request for the token endpoint', async ({
  page,
  app,
  startNaive,
  signInNaively,
  control,
}) => {
  const naive = await startNaive()
  await signInNaively(page, naive)
  await fetchInPage(page, `${app.asOrigin}/token?${app.apiOrigin}`, form)
  expect((await control.as.log('/token')).at(-1)).toMatchObject({ authorization: 'bearer' })
})
