import { expect, test, type App } from '../fixtures/app.ts'
import { fetchInPage, SentRequests } from '../fixtures/page-calls.ts'

/** Addresses that are not the resource `<apiOrigin>/v1/`, however much they look like it. */
function addresses({ apiOrigin, foreignOrigin }: App): string[] {
  const { port } = new URL(apiOrigin)
  return [
    `${foreignOrigin}/v1/me`,
    `http://127.0.0.1:${port}/v1/me`,
    `http://localhost.:${port}/v1/me`,
    `http://api.localhost:${port}/v1/me`,
    `http://localhost.evil.test:${port}/v1/me`,
    `http://localhost-evil.test:${port}/v1/me`,
    `${apiOrigin}/debug/headers`,
    `${apiOrigin}/v1`,
    `${apiOrigin}/v10/me`,
    `${apiOrigin}/V1/me`,
    `${apiOrigin}/v1/../debug/headers`,
    `${apiOrigin}/v1/%2e%2e/debug/headers`,
    `${apiOrigin}/v1/..%2fdebug/headers`,
    `${apiOrigin}/v1/%252e%252e/debug/headers`,
    `${apiOrigin}/v1/..;/debug/headers`,
    `${apiOrigin}//v1/me`,
  ]
}

/** A host whose policy lets the page connect to all of them, so that only the guardian is in the way. */
test.beforeEach(async ({ page, signIn, startApp }) => {
  const { origin } = await startApp({ protections: { csp: false } })
  await signIn(page, 'alice', origin)
})

test('foreign origins, lookalike hosts, other ports and other paths get no token', async ({
  page,
  context,
  app,
  control,
}) => {
  const sent = new SentRequests(context, app, 'http://')
  for (const url of addresses(app)) {
    await fetchInPage(page, url)
    await fetchInPage(page, url, { mode: 'no-cors' })
    await fetchInPage(page, url, { method: 'POST', body: 'x' })
  }
  expect(await control.foreign.log('/v1/me')).toHaveLength(3)
  expect((await control.api.log('/debug/headers')).length).toBeGreaterThan(0)
  for (const server of [control.foreign, control.api]) {
    expect((await server.log()).filter(({ authorization }) => authorization !== 'none')).toEqual([])
  }
  for (const headers of await sent.byGuardian()) expect(headers['authorization']).toBeUndefined()
})

test('user names in a URL are refused by the browser, with the API as host or as user', async ({
  page,
  app,
  control,
}) => {
  const { host } = new URL(app.apiOrigin)
  const foreign = new URL(app.foreignOrigin).host
  for (const url of [`http://${host}@${foreign}/v1/me`, `http://user:pass@${host}/v1/me`]) {
    expect(await fetchInPage(page, url)).toMatchObject({ status: 0, text: 'TypeError' })
  }
  expect(await control.foreign.log('/v1/')).toEqual([])
  expect(await control.api.log('/v1/')).toEqual([])
})

test('requests without CORS get no token: no-cors, images, styles, scripts, beacons', async ({
  page,
  app,
  control,
}) => {
  const image = await page.evaluate(async (api) => {
    await fetch(`${api}/v1/me?no-cors`, { mode: 'no-cors' })
    navigator.sendBeacon(`${api}/v1/echo-body`, 'x')
    const load = (element: HTMLElement): Promise<string> =>
      new Promise((resolve) => {
        element.onload = () => resolve('loaded')
        element.onerror = () => resolve('failed')
        document.head.append(element)
      })
    const script = document.createElement('script')
    script.src = `${api}/v1/me?script`
    const style = document.createElement('link')
    style.rel = 'stylesheet'
    style.href = `${api}/v1/me?style`
    const picture = new Image()
    picture.src = `${api}/v1/image.png`
    return Promise.all([load(script), load(style), load(picture)])
  }, app.apiOrigin)
  expect(image).toEqual(['failed', 'failed', 'failed'])
  await expect.poll(() => control.api.count('POST /v1/echo-body')).toBe(1)
  const log = await control.api.log('/v1/')
  expect(log).toHaveLength(5)
  expect(log.filter(({ authorization }) => authorization !== 'none')).toEqual([])
})

test('a redirect from the API to another origin, or to a path outside the prefix, brings no token there', async ({
  page,
  app,
  control,
}) => {
  const redirect = (to: string): string =>
    `${app.apiOrigin}/v1/redirect?to=${encodeURIComponent(to)}`
  const foreign = await fetchInPage(page, redirect(`${app.foreignOrigin}/landed`))
  // The policy of a vault's frame lets nothing reach a server that is not configured.
  expect(foreign.status).toBe(app.vaultOrigin === undefined ? 200 : 0)
  const landed = app.vaultOrigin === undefined ? [{ authorization: 'none' }] : []
  expect(await control.foreign.log('/landed')).toMatchObject(landed)

  // The browser itself keeps the header on a redirect inside the origin; the guardian withholds the answer.
  const outside = await fetchInPage(page, redirect(`${app.apiOrigin}/debug/headers`))
  expect(outside).toMatchObject({ status: 0, text: 'TypeError' })
  expect((await fetchInPage(page, redirect(`${app.apiOrigin}/v1/me`))).status).toBe(200)
})

test('the token endpoint and the rest of the authorization server get no token', async ({
  page,
  app,
  control,
}) => {
  for (const path of ['/userinfo', '/token', '/revoke', '/jwks']) {
    await fetchInPage(page, `${app.asOrigin}${path}`, { method: 'POST', body: 'x' })
  }
  const log = await control.as.log()
  expect(log.filter(({ path }) => path === '/userinfo')).toHaveLength(1)
  expect(log.filter(({ authorization }) => authorization !== 'none')).toEqual([])
})
