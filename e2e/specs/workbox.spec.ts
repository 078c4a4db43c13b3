import type { Page } from '@playwright/test'

import { expect, test, type App, type OwnApp } from '../fixtures/app.ts'
import { openClient, signInHere } from '../fixtures/client-calls.ts'
import { fetchInPage, fetchManyInPage, type Outcome } from '../fixtures/page-calls.ts'
import { dispatchSync } from '../fixtures/sync-events.ts'
import { buildWorkboxApp } from '../fixtures/workbox-app.ts'
import { readDiary, readQueue, type DiaryEntry } from '../fixtures/workbox-diary.ts'

const OUTBOX = 'workbox-background-sync:outbox'

test('what the API answered is there without it, for its user, until the sign-out', async ({
  page,
  app,
  control,
  startApp,
  killWorker,
}) => {
  const own = await startApp({ root: await buildWorkboxApp(app) })
  await signIn(page, own)
  expect(await me(page, app)).toMatchObject({ status: 200, sub: 'alice' })
  await oneIsCached(page)
  await control.api.fault('/', 'drop')
  expect(await me(page, app)).toMatchObject({ status: 200, sub: 'alice' })

  // A cold start without any network: the app's own cache, the session and the answer are there.
  await Promise.all(Object.values(control).map((server) => server.fault('/', 'drop')))
  await own.server.close()
  await killWorker(page)
  await page.reload()
  await openedSignedIn(page)
  expect(await me(page, app)).toMatchObject({ status: 200, sub: 'alice' })

  // Also where the worker that keeps it has to be started for it.
  await killWorker(page)
  await page.evaluate(() => window.client.logout({ localOnly: true }))
  await expect.poll(() => cachedAnswers(page)).toEqual([])
  expect(await me(page, app)).toMatchObject({ status: 0 })
})

test('another user gets nothing of what was cached for the one before, whose answers are deleted', async ({
  page,
  app,
  control,
  startApp,
  killWorker,
}) => {
  const own = await startApp({ root: await buildWorkboxApp(app) })
  await signIn(page, own)
  await me(page, app)
  await oneIsCached(page)
  // The name says nothing of who it is.
  expect((await cachedAnswers(page)).join()).not.toContain('alice')
  await control.api.fault('/', 'drop')
  await killWorker(page)
  await signInHere(page, { prompt: 'login' }, 'bob')
  expect(await me(page, app)).toMatchObject({ status: 0 })
  await expect.poll(() => cachedAnswers(page)).toEqual([])
  await control.api.reset()
  expect(await me(page, app)).toMatchObject({ status: 200, sub: 'bob' })
  await oneIsCached(page)
})

test('an answer that arrives after its user signed out is not kept', async ({
  page,
  app,
  control,
  startApp,
}) => {
  const own = await startApp({ root: await buildWorkboxApp(app) })
  await signIn(page, own)
  await control.api.fault('/v1/me', 'hang', { times: 1, method: 'GET' })
  const answered = me(page, app)
  await expect.poll(() => control.api.count('GET /v1/me')).toBe(1)
  await page.evaluate(() => window.client.logout({ localOnly: true }))
  await control.api.release()
  expect(await answered).toMatchObject({ status: 200, sub: 'alice' })
  // The next answer shows that the worker is done with the one before.
  expect(await me(page, app)).toMatchObject({ status: 401 })
  expect(await cachedAnswers(page)).toEqual([])
})

test('what failed without a network is sent in order with a fresh token when it is back, also by the next life of the worker', async ({
  page,
  context,
  app,
  control,
  startApp,
  killWorker,
}) => {
  const own = await startApp({ root: await buildWorkboxApp(app) })
  await signIn(page, own)
  await control.api.fault('/', 'drop')
  expect(await post(page, app, 'one')).toMatchObject({ status: 0 })
  expect(await post(page, app, 'two')).toMatchObject({ status: 0 })
  const waiting = await queued(page)
  expect(waiting).toHaveLength(2)
  // Neither the header that the page set, nor who the user is.
  expect(waiting.join()).toContain('x-request-id')
  expect(waiting.join()).not.toMatch(/authorization|bearer|alice/i)

  await killWorker(page)
  await control.api.reset()
  await control.api.refuseIssuedTokens()
  await control.as.reset()
  await dispatchSync(context, own.origin, OUTBOX)
  await expect
    .poll(() => diary(page))
    .toMatchObject([
      { replayed: '?one', status: 200 },
      { replayed: '?two', status: 200 },
    ])
  expect(await queued(page)).toEqual([])
  expect(await control.as.count('POST /token')).toBe(1)
  expect(await control.api.count('POST /v1/echo-body')).toBe(3)
})

test('what one user left is not sent as another, nor after a sign-out: it is dropped, and the app is told', async ({
  page,
  context,
  app,
  control,
  startApp,
}) => {
  const own = await startApp({ root: await buildWorkboxApp(app) })
  await signIn(page, own)
  await control.api.fault('/', 'drop')
  await post(page, app, 'of-alice')
  await signInHere(page, { prompt: 'login' }, 'bob')
  await post(page, app, 'of-bob')
  await page.evaluate(() => window.client.logout({ localOnly: true }))
  await expect
    .poll(() => diary(page))
    .toMatchObject([
      { dropped: '?of-alice', reason: 'other-user' },
      { dropped: '?of-bob', reason: 'other-user' },
    ])
  await control.api.reset()
  await dispatchSync(context, own.origin, OUTBOX)
  await dispatchSync(context, own.origin, `fetch ${app.apiOrigin}/v1/me`)
  await expect.poll(() => diary(page)).toHaveLength(3)
  expect(await control.api.count('POST /v1/echo-body')).toBe(0)
})

test('without a page a worker that was started for a sync event calls the API, or with a vault learns at once that it cannot', async ({
  page,
  context,
  app,
  control,
  startApp,
  killWorker,
}) => {
  const own = await startApp({ root: await buildWorkboxApp(app) })
  await signIn(page, own)
  await control.api.fault('/', 'drop')
  await post(page, app, 'late')
  const elsewhere = await context.newPage()
  await page.close()
  await killWorker(elsewhere)
  await control.api.reset()
  await control.api.refuseIssuedTokens()
  const url = `${app.apiOrigin}/v1/me`
  await dispatchSync(context, own.origin, OUTBOX)
  await dispatchSync(context, own.origin, `fetch ${url}`)
  await openDiary(elsewhere, own)
  const replayed = { replayed: '?late', status: 200 }
  await expect
    .poll(() => diary(elsewhere))
    .toMatchObject(
      app.topology === 'vault'
        ? [{ url, error: true }]
        : expect.arrayContaining(
            [replayed, { url, status: 200 }].map((one) => expect.objectContaining(one)),
          ),
    )
  if (app.topology !== 'vault') return
  const [{ ms } = {}] = await diary(elsewhere)
  expect(ms).toBeLessThan(2000)
  expect(await queued(elsewhere)).toHaveLength(1)
  // A page that opens brings the way to the vault.
  await openClient(elsewhere, own)
  await expect.poll(() => diary(elsewhere)).toContainEqual(expect.objectContaining(replayed))
})

test('the worker’s own requests follow redirects inside the API, and get no answer from outside of it', async ({
  page,
  context,
  app,
  startApp,
}) => {
  const own = await startApp({ root: await buildWorkboxApp(app) })
  await signIn(page, own)
  const inside = `${app.apiOrigin}/v1/redirect?to=/v1/me`
  const outside = `${app.apiOrigin}/v1/redirect?to=/debug/headers`
  await dispatchSync(context, own.origin, `fetch ${inside}`)
  await expect.poll(() => diary(page)).toMatchObject([{ url: inside, status: 200 }])
  await dispatchSync(context, own.origin, `fetch ${outside}`)
  await expect
    .poll(() => diary(page))
    .toMatchObject([{ status: 200 }, { url: outside, error: true }])
})

test('while nobody can say who the user is nothing is shown and nothing sent, and all of it is there for who comes back', async ({
  page,
  context,
  app,
  control,
  startApp,
  killWorker,
}) => {
  const own = await startApp({ root: await buildWorkboxApp(app, 'memory') })
  await signIn(page, own)
  await me(page, app)
  await oneIsCached(page)
  await control.api.fault('/', 'drop')
  await post(page, app, 'waits')
  await killWorker(page)
  expect(await me(page, app)).toMatchObject({ status: 0 })
  await dispatchSync(context, own.origin, OUTBOX)
  expect(await cachedAnswers(page)).toHaveLength(1)
  expect(await queued(page)).toHaveLength(1)
  await signInHere(page)
  expect(await me(page, app)).toMatchObject({ status: 200, sub: 'alice' })
  await control.api.reset()
  await dispatchSync(context, own.origin, OUTBOX)
  await expect.poll(() => diary(page)).toMatchObject([{ replayed: '?waits', status: 200 }])
})

/** Signs in, and lets the worker answer the page once more, so that it has it for a start without the network. */
async function signIn(page: Page, own: OwnApp): Promise<void> {
  await openClient(page, own)
  await signInHere(page)
  await page.reload()
  await openedSignedIn(page)
}

async function openedSignedIn(page: Page): Promise<void> {
  await page.waitForFunction(() => window.client?.session.status === 'signed-in')
}

/** A page of the app's origin that does not speak to the worker. */
async function openDiary(page: Page, { origin }: OwnApp): Promise<void> {
  await page.goto(`${origin}/test-pages/plain.html`)
}

async function me(page: Page, { apiOrigin }: App): Promise<{ status: number; sub?: unknown }> {
  const { status, text } = await fetchInPage(page, `${apiOrigin}/v1/me`)
  return { status, ...(status === 200 && { sub: (JSON.parse(text) as { sub: unknown }).sub }) }
}

async function post(page: Page, { apiOrigin }: App, name: string): Promise<Outcome | undefined> {
  const headers = { authorization: 'Bearer of-the-page', 'x-request-id': name }
  const url = `${apiOrigin}/v1/echo-body?${name}`
  const [outcome] = await fetchManyInPage(page, [url], { method: 'POST', body: name, headers })
  return outcome
}

/** A strategy writes after it answered. */
async function oneIsCached(page: Page): Promise<void> {
  await expect.poll(() => cachedAnswers(page)).toHaveLength(1)
}

/** URLs of what is cached of the API, on the page's side of the origin. */
function cachedAnswers(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const names = await caches.keys()
    const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))
    return all
      .flat()
      .map(({ url }) => url)
      .filter((url) => url.includes('/v1/'))
  })
}

function diary(page: Page): Promise<DiaryEntry[]> {
  return page.evaluate(readDiary)
}

function queued(page: Page): Promise<string[]> {
  return page.evaluate(readQueue)
}
