import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'

import type { Download, Page } from '@playwright/test'

import { expect, test } from '../fixtures/app.ts'
import { errorCodes, openClient, signInHere } from '../fixtures/client-calls.ts'
import { textOfPart } from '../servers/page-parts.ts'

/** A build in which everything that can be authenticated is. */
test.use({ variant: 'beyond' })

const MEGABYTE = 1024 * 1024

test.beforeEach(async ({ page, app }) => {
  await openClient(page, app)
  await signInHere(page)
})

function linkTo(page: Page, url: string, filename?: string): Promise<string> {
  return page.evaluate(
    async ([to, name]) =>
      window.client.downloadUrl(to, name === undefined ? {} : { filename: name }),
    [url, filename] as const,
  )
}

async function follow(page: Page, link: string): Promise<Download> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.evaluate((to) => location.assign(to), link),
  ])
  return download
}

async function textOf(download: Download): Promise<string> {
  return readFile(await download.path(), 'utf8')
}

/** What a link shows that gives no file. */
async function shown(page: Page, link: string): Promise<string> {
  await page.goto(link)
  return page.locator('body').innerText()
}

test('a link downloads an answer of the API with the token, once; the page stays', async ({
  page,
  app,
  control,
}) => {
  const link = await linkTo(page, `${app.apiOrigin}/v1/me`, 'who am I?.json')
  expect(link).toMatch(new RegExp(`^${app.origin}/auth/download/[0-9a-f-]{36}$`))
  expect(await control.api.count('GET /v1/me')).toBe(0)
  const download = await follow(page, link)
  // The system has no such names.
  expect(download.suggestedFilename()).toBe('who am I_.json')
  expect(JSON.parse(await textOf(download))).toMatchObject({ sub: 'alice' })
  expect(page.url()).toBe(`${app.origin}/client.html`)
  expect(await control.api.log('/v1/')).toMatchObject([{ authorization: 'bearer' }])

  expect(await shown(page, link)).toContain('This link was used before')
  expect(await control.api.count('GET /v1/me')).toBe(1)
  // Neither did the app's own server see it.
  expect(await control.app.log('/auth/download/')).toEqual([])
})

test('what an API sends is never a page of the app, whatever it is and wherever it is opened', async ({
  page,
  app,
  control,
  context,
}) => {
  const url = `${app.apiOrigin}/v1/part/page?`
  for (const type of ['text/html', 'image/svg+xml', 'application/xhtml+xml', 'text/xml']) {
    const [response, download] = await Promise.all([
      page.waitForResponse((one) => one.url().includes('/auth/download/')),
      follow(page, await linkTo(page, `${url}type=${encodeURIComponent(type)}`)),
    ])
    expect(await textOf(download)).toBe(textOfPart('page'))
    expect(response.headers(), type).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': "attachment; filename*=UTF-8''page",
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
  }
  const tab = await context.newPage()
  await tab.goto(`${app.origin}/client.html`)
  for (const name of ['object', 'embed', 'img', 'script', 'fetch']) {
    const link = await linkTo(page, url)
    await page.evaluate(
      async ([kind, to]) => {
        if (kind === 'fetch') return void (await (await fetch(to)).text())
        const element = document.createElement(kind)
        element.setAttribute(kind === 'object' ? 'data' : 'src', to)
        document.body.append(element)
      },
      [name, link] as const,
    )
    // It is nobody's but a navigation's, and the link is good still.
    expect(await textOf(await follow(page, link)), name).toBe(textOfPart('page'))
  }
  expect(await page.evaluate(() => (globalThis as { ran?: unknown }).ran)).toBeUndefined()
  expect(await control.api.count('GET /v1/part/page')).toBe(4 + 5)
})

test('a link is for the page that asked for it, for a minute, and survives the end of the worker', async ({
  page,
  app,
  control,
  context,
  killWorker,
}) => {
  const url = `${app.apiOrigin}/v1/me`
  const other = await context.newPage()
  await openClient(other, app)
  expect(await shown(other, await linkTo(page, url))).toContain('This link was used before')

  const late = await linkTo(page, url)
  const changeAll = (change: Record<string, unknown>): Promise<void> =>
    page.evaluate(async (fields) => {
      const cache = await caches.open('token-guardian-downloads')
      for (const key of await cache.keys()) {
        const entry: unknown = await (await cache.match(key))?.json()
        await cache.put(key, new Response(JSON.stringify({ ...(entry as object), ...fields })))
      }
    }, change)
  await changeAll({ until: Date.now() - 1 })
  expect(await shown(page, late)).toContain('older than a minute')
  await page.goBack()

  // Script can write there, and gets no more by it than by asking.
  const forged = await linkTo(page, url)
  await changeAll({ url: `${app.foreignOrigin}/v1/me` })
  expect(await shown(page, forged)).toContain('The download failed')
  await page.goBack()
  expect(await control.foreign.log('/v1/')).toEqual([])
  expect(await control.api.count('GET /v1/me')).toBe(0)

  // Nobody followed it; it goes when the next one is made.
  await linkTo(page, url)
  await changeAll({ until: Date.now() - 1 })
  const link = await linkTo(page, url)
  const waiting = await page.evaluate(async () =>
    (await (await caches.open('token-guardian-downloads')).keys()).map((key) => key.url),
  )
  expect(waiting).toEqual([link])
  await killWorker(page, 'app')
  // Without a vault the session was in the memory of that worker.
  if (app.topology === 'vault') {
    expect(JSON.parse(await textOf(await follow(page, link)))).toMatchObject({ sub: 'alice' })
  } else expect(await shown(page, link)).toContain('The server said 401.')
})

test('a link that script wrote itself, good for ever, is good for nobody, and another site cannot make pages say that a download failed', async ({
  page,
  app,
  control,
  context,
}) => {
  await page.evaluate(async (url) => {
    const cache = await caches.open('token-guardian-downloads')
    const entry = JSON.stringify({ url, page: '', until: 1e15 })
    await cache.put('/auth/download/known', new Response(entry))
  }, `${app.apiOrigin}/v1/me`)
  const elsewhere = await context.newPage()
  await elsewhere.goto(app.foreignOrigin)
  for (const name of ['known', 'guessed']) {
    expect(await shown(elsewhere, `${app.origin}/auth/download/${name}`)).toContain(
      'was used before',
    )
  }
  expect(await control.api.count('GET /v1/me')).toBe(0)
  // Of a link of its own it hears, after the others.
  const own = await linkTo(page, `${app.apiOrigin}/v1/status/404`)
  await page.evaluate((to) => void window.open(to, '_blank'), own)
  await expect.poll(() => errorCodes(page)).not.toEqual([])
  expect(await errorCodes(page)).toEqual(['download-failed'])
})

test('script that asks for hundreds of links at once gets its answers, and leaves a few links', async ({
  page,
  app,
}) => {
  const { links, left } = await page.evaluate(async (url) => {
    const made: string[] = []
    for (let round = 0; round < 5; round += 1) {
      const links = Array.from({ length: 100 }, () => window.client.downloadUrl(url))
      made.push(...(await Promise.all(links)))
    }
    const kept = await (await caches.open('token-guardian-downloads')).keys()
    return { links: made.length, left: kept.length }
  }, `${app.apiOrigin}/v1/me`)
  expect(links).toBe(500)
  expect(left).toBeLessThan(200)
  const url = `${app.apiOrigin}/v1/me`
  expect(JSON.parse(await textOf(await follow(page, await linkTo(page, url))))).toBeTruthy()
})

test('what fails says so on a page and to the app: refusals of the API, no API, a URL that is not for downloads', async ({
  page,
  app,
  control,
}) => {
  for (const [path, says] of [
    ['/v1/status/404', 'The server said 404.'],
    ['/v1/status/500', 'The server said 500.'],
    // No answer of a worker can have it, so through a vault it is a failure like any other.
    ['/v1/status/999', /The server (said 999|could not be reached)\./],
    [`/v1/redirect?to=${encodeURIComponent('/debug/headers')}`, 'The server could not be reached.'],
  ] as const) {
    const text = await shown(page, await linkTo(page, app.apiOrigin + path))
    expect(text).toContain('The download failed')
    expect(text).toMatch(says)
    await page.goBack()
  }
  const other = await page.context().newPage()
  await openClient(other, app)
  await control.api.fault('/v1/me', 'drop')
  const link = await linkTo(page, `${app.apiOrigin}/v1/me`)
  const frame = page.evaluate((to) => window.open(to, '_blank') !== null, link)
  const [tab] = await Promise.all([page.context().waitForEvent('page'), frame])
  await expect(tab.locator('body')).toContainText('The server could not be reached.')
  await expect.poll(() => errorCodes(page)).toContain('download-failed')

  for (const url of [
    `${app.apiOrigin}/debug/headers`,
    `${app.apiOrigin}/v1/../debug/headers`,
    `${app.foreignOrigin}/v1/me`,
    `${app.origin}/client.html`,
    'javascript:alert(1)',
    'data:text/html,x',
  ]) {
    const code = await page.evaluate(
      (to) =>
        window.client.downloadUrl(to).then(
          () => 'a link',
          (error: { code: string }) => error.code,
        ),
      url,
    )
    expect(code, url).toBe('download-not-allowed')
  }
})

test('a refused token is refreshed for a download, which is large and streams; one that is broken off is not loaded on', async ({
  page,
  app,
  control,
}) => {
  await control.api.refuseIssuedTokens()
  const size = 48 * MEGABYTE
  const url = `${app.apiOrigin}/v1/bytes?size=${size}`
  const download = await follow(page, await linkTo(page, url))
  expect(download.suggestedFilename()).toBe('bytes')
  let length = 0
  for await (const part of createReadStream(await download.path()))
    length += (part as Buffer).length
  expect(length).toBe(size)
  expect(await control.api.count('GET /v1/bytes')).toBe(2)
  expect(await control.as.count('POST /token')).toBe(2)

  const sound = await follow(page, await linkTo(page, `${app.apiOrigin}/v1/sound.wav`))
  await sound.cancel()
  await expect
    .poll(async () => (await control.api.log('/v1/sound.wav')).map(({ wasCut }) => wasCut))
    .toEqual([true])
})
