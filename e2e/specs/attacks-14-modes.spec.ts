import type { Page } from '@playwright/test'

import { expect, test } from '../fixtures/attack-app.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

/** Ways to send a request, and what page script sees of it. */
const ways: Readonly<Record<string, (page: Page, url: string) => Promise<unknown>>> = {
  'no-cors fetch': (page, url) =>
    page.evaluate(async (to) => (await fetch(to, { mode: 'no-cors' })).type, url),
  img: (page, url) =>
    page.evaluate(
      (to) =>
        new Promise((resolve) => {
          const image = new Image()
          image.onload = () => resolve('loaded')
          image.onerror = () => resolve('error')
          image.src = to
        }),
      url,
    ),
  'img with crossorigin': (page, url) =>
    page.evaluate(
      (to) =>
        new Promise((resolve) => {
          const image = new Image()
          image.crossOrigin = 'use-credentials'
          image.onload = () => resolve('loaded')
          image.onerror = () => resolve('error')
          image.src = to
        }),
      url,
    ),
  script: (page, url) =>
    page.evaluate(
      (to) =>
        new Promise((resolve) => {
          const script = document.createElement('script')
          script.onload = () => resolve('loaded')
          script.onerror = () => resolve('error')
          script.src = to
          document.body.append(script)
        }),
      url,
    ),
  'module script': (page, url) =>
    page.evaluate(
      (to) =>
        import(to).then(
          () => 'loaded',
          () => 'error',
        ),
      url,
    ),
  'stylesheet with crossorigin': (page, url) =>
    page.evaluate(
      (to) =>
        new Promise((resolve) => {
          const link = document.createElement('link')
          link.rel = 'stylesheet'
          link.crossOrigin = 'anonymous'
          link.onload = () => resolve('loaded')
          link.onerror = () => resolve('error')
          link.href = to
          document.head.append(link)
        }),
      url,
    ),
  'frame navigation': (page, url) =>
    page.evaluate(
      (to) =>
        new Promise((resolve) => {
          const frame = document.createElement('iframe')
          frame.onload = () => resolve('loaded')
          frame.src = to
          document.body.append(frame)
        }),
      url,
    ),
  beacon: (page, url) => page.evaluate((to) => navigator.sendBeacon(to, 'x'), url),
  'synchronous XMLHttpRequest': (page, url) =>
    page.evaluate((to) => {
      const request = new XMLHttpRequest()
      request.open('GET', to, false)
      request.send()
      return request.status
    }, url),
}

/** The same ways without any worker: what an app would see. */
const unchanged: Readonly<Record<string, unknown>> = {
  'no-cors fetch': 'opaque',
  img: 'error',
  'img with crossorigin': 'error',
  script: 'error',
  'module script': 'error',
  'stylesheet with crossorigin': 'error',
  'frame navigation': 'loaded',
  beacon: true,
  'synchronous XMLHttpRequest': 401,
}

test('no token, and nothing else than without a worker, by any way that is no fetch with CORS rules', async ({
  page,
  app,
  signIn,
  startWeak,
  control,
}) => {
  const target = await startWeak({ protections: { csp: false } })
  await signIn(page, 'alice', target.origin)
  for (const [name, request] of Object.entries(ways)) {
    await control.api.reset()
    expect(await request(page, `${app.apiOrigin}/v1/echo-body`), name).toBe(unchanged[name])
    await expect.poll(async () => (await control.api.log('/v1/')).length, name).toBe(1)
    expect((await control.api.log('/v1/'))[0], name).toMatchObject({ authorization: 'none' })
  }
})

test('a beacon that needs CORS rules is a fetch: it gets the token and the page sees no answer', async ({
  page,
  app,
  signIn,
  control,
}) => {
  await signIn(page)
  await page.evaluate(
    (to) => navigator.sendBeacon(to, new Blob(['{}'], { type: 'application/json' })),
    `${app.apiOrigin}/v1/echo-body`,
  )
  await expect.poll(async () => (await control.api.log('/v1/')).length).toBe(1)
  expect((await control.api.log('/v1/'))[0]).toMatchObject({ authorization: 'bearer' })
})

test('fetch, XMLHttpRequest and EventSource get the token, and only the guardian’s', async ({
  page,
  app,
  signIn,
  startWeak,
  attacker,
}) => {
  const resources = [{ url: `${app.apiOrigin}/v1/` }, { url: `${attacker.origin}/v1/` }]
  const root = await buildOwnDemo('echo', app, { guardian: { resources } })
  const target = await startWeak({ root, connectOrigins: [attacker.origin] })
  await signIn(page, 'alice', target.origin)
  await page.evaluate(async (to) => {
    const forged = { Authorization: 'Bearer forged', DPoP: 'forged', 'X-Kept': 'yes' }
    await fetch(`${to}/v1/fetch`, { method: 'PUT', headers: forged, body: 'kept' })
    await new Promise((resolve) => {
      const request = new XMLHttpRequest()
      request.open('POST', `${to}/v1/xhr`)
      for (const [name, value] of Object.entries(forged)) request.setRequestHeader(name, value)
      request.onloadend = resolve
      request.send('kept')
    })
    await new Promise<void>((resolve) => {
      const source = new EventSource(`${to}/v1/events`)
      source.onerror = () => {
        source.close()
        resolve()
      }
    })
  }, attacker.origin)
  expect(
    attacker.seen.map(({ method, body, headers }) => ({
      method,
      body,
      kept: headers['x-kept'],
      dpop: headers['dpop'],
      token: headers.authorization?.startsWith('Bearer eyJ'),
    })),
  ).toEqual([
    { method: 'PUT', body: 'kept', kept: 'yes', dpop: undefined, token: true },
    { method: 'POST', body: 'kept', kept: 'yes', dpop: undefined, token: true },
    { method: 'GET', body: '', kept: undefined, dpop: undefined, token: true },
  ])
})

test('without a session the page’s own Authorization and DPoP do not reach a resource either', async ({
  page,
  app,
  open,
  control,
}) => {
  await open(page)
  await page.evaluate(
    async (to) => fetch(to, { headers: { Authorization: 'Bearer mine', DPoP: 'mine' } }),
    `${app.apiOrigin}/v1/me`,
  )
  expect(await control.api.log('/v1/me')).toMatchObject([{ authorization: 'none' }])
})

test('bites: a worker that does not look at the mode gives the token to pictures and scripts', async ({
  page,
  app,
  startNaive,
  signInNaively,
  control,
}) => {
  const naive = await startNaive()
  await signInNaively(page, naive)
  for (const name of ['no-cors fetch', 'img', 'script', 'beacon']) {
    await control.api.reset()
    await ways[name]?.(page, `${app.apiOrigin}/v1/echo-body`)
    await expect.poll(async () => (await control.api.log('/v1/')).length, name).toBe(1)
    expect((await control.api.log('/v1/'))[0], name).toMatchObject({ authorization: 'bearer' })
  }
})
