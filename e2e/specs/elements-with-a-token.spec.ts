import { createHash } from 'node:crypto'

import { expect, test, type App } from '../fixtures/app.ts'
import { errorCodes, openClient, signInHere } from '../fixtures/client-calls.ts'
import { loadElement, seekSound, type Loaded, type ToLoad } from '../fixtures/elements.ts'
import { SOUND_SECONDS, textOfPart } from '../servers/page-parts.ts'
import type { Page } from '@playwright/test'

/** A build in which everything that can be authenticated is. */
test.use({ variant: 'beyond' })

/** On a host whose policy lets pages have scripts and styles of the API. */
test.beforeEach(async ({ page, startApp }) => {
  await openClient(page, await startApp({ protections: { csp: false } }))
  await signInHere(page)
})

function load(page: Page, ...what: ToLoad): Promise<Loaded> {
  return page.evaluate(loadElement, what)
}

const ran = (page: Page): Promise<unknown> =>
  page.evaluate(() => (globalThis as { ran?: unknown }).ran)

/** What the style sheet of the API makes of {@link colorOfPart}. */
const STYLED = 'rgb(1, 2, 3)'

function colorOfPart(page: Page): Promise<string> {
  return page.evaluate(() => {
    const part = document.createElement('p')
    part.id = 'part'
    document.body.append(part)
    return getComputedStyle(part).color
  })
}

/** Each with a URL of its own: a page keeps images and scripts that it has. */
function elements({ apiOrigin }: App): ToLoad[] {
  const digest = createHash('sha256').update(textOfPart('script')).digest('base64')
  return [undefined, 'anonymous'].flatMap((crossorigin) => {
    const more = crossorigin ? { crossorigin } : {}
    const url = (path: string): string => `${apiOrigin}/v1/${path}?${crossorigin}`
    return [
      ['img', url('image.png'), more],
      ['link', url('part/style'), more],
      ['script', url('part/script'), more],
      ['script', url('part/script') + '&whole', { ...more, integrity: `sha256-${digest}` }],
      ['module', url('part/module'), {}],
    ] as const
  })
}

test('images, style sheets, scripts and modules are got with the token, with and without CORS rules of their own', async ({
  page,
  app,
  control,
}) => {
  const wanted = elements(app)
  for (const [kind, url, attributes] of wanted) {
    expect(await load(page, kind, url, attributes), `${kind} ${url}`).toBe('loaded')
  }
  expect(await ran(page)).toBe(4)
  const log = await control.api.log('/v1/')
  expect(log).toHaveLength(wanted.length)
  expect(log.filter(({ authorization }) => authorization !== 'bearer')).toEqual([])
  expect(await colorOfPart(page)).toBe(STYLED)
  // The digest is that of another text.
  const other = { integrity: `sha256-${Buffer.alloc(32).toString('base64')}` }
  expect(await load(page, 'script', `${app.apiOrigin}/v1/part/script?other`, other)).toBe('failed')
  expect(await ran(page)).toBe(4)
})

test('an image is got once more with a new token when the API refuses the one that it had, and follows redirects inside the API', async ({
  page,
  app,
  control,
}) => {
  await control.api.refuseIssuedTokens()
  expect(await load(page, 'img', `${app.apiOrigin}/v1/image.png?refused`)).toBe('loaded')
  expect(await control.api.count('GET /v1/image.png')).toBe(2)
  const to = encodeURIComponent('/v1/image.png?after')
  expect(await load(page, 'img', `${app.apiOrigin}/v1/redirect?to=${to}`)).toBe('loaded')
  expect(await load(page, 'script', `${app.apiOrigin}/v1/redirect?to=/v1/part/script`)).toBe(
    'loaded',
  )
  expect(await ran(page)).toBe(1)
  const log = await control.api.log('/v1/')
  expect(log.filter(({ authorization }) => authorization !== 'bearer')).toEqual([])
  const away = encodeURIComponent(`${app.foreignOrigin}/v1/image.png`)
  expect(await load(page, 'img', `${app.apiOrigin}/v1/redirect?to=${away}`)).toBe('failed')
  const foreign = await control.foreign.log('/v1/')
  expect(foreign.filter(({ authorization }) => authorization !== 'none')).toEqual([])
})

test('a sound is heard from where it is sought: ranges with the token, and what nobody hears any more is not loaded on', async ({
  page,
  app,
  control,
}) => {
  for (const crossOrigin of [null, 'anonymous']) {
    await control.api.reset()
    const url = `${app.apiOrigin}/v1/sound.wav?${crossOrigin}`
    const sought = await page.evaluate(seekSound, [url, crossOrigin, SOUND_SECONDS / 2] as const)
    expect(sought).toEqual({ duration: SOUND_SECONDS, time: SOUND_SECONDS / 2, error: 0 })
    const isOver = async (): Promise<boolean> =>
      (await control.api.log('/v1/sound.wav')).every(({ wasCut }) => wasCut)
    await expect.poll(isOver).toBe(true)
    const log = await control.api.log('/v1/sound.wav')
    expect(log.filter(({ authorization }) => authorization !== 'bearer')).toEqual([])
    const starts = log.map(({ range }) => Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1]))
    expect(starts[0]).toBe(0)
    const middle = SOUND_SECONDS * 8000
    expect(starts.some((start) => Math.abs(start - middle) < middle / 10)).toBe(true)
  }
})

test('a beacon carries the token, and script that posts without CORS rules sees nothing of the answer', async ({
  page,
  app,
  control,
}) => {
  const url = `${app.apiOrigin}/v1/echo-body`
  const seen = await page.evaluate(async (to) => {
    navigator.sendBeacon(to, 'x')
    navigator.sendBeacon(to, new URLSearchParams({ a: 'b' }))
    const response = await fetch(to, { method: 'POST', mode: 'no-cors', body: 'secret' })
    return { text: await response.text(), headers: [...response.headers] }
  }, url)
  expect(seen).toEqual({ text: '', headers: [] })
  await expect.poll(() => control.api.count('POST /v1/echo-body')).toBe(3)
  const log = await control.api.log('/v1/')
  expect(log.filter(({ authorization }) => authorization !== 'bearer')).toEqual([])
})

test('data of an API becomes neither script nor style of the page, whatever the page asks for it as', async ({
  page,
  app,
  control,
}) => {
  const types = ['application/json', 'text/plain', 'text/html', 'image/png', 'x']
  for (const type of types) {
    const url = (part: string): string =>
      `${app.apiOrigin}/v1/part/${part}?type=${encodeURIComponent(type)}`
    expect(await load(page, 'script', url('script')), type).toBe('failed')
    expect(await load(page, 'script', url('script'), { crossorigin: '' }), type).toBe('failed')
    expect(await load(page, 'script', url('script'), { type: 'module' }), type).toBe('failed')
    expect(await load(page, 'link', url('style')), type).toBe('failed')
  }
  expect(await ran(page)).toBeUndefined()
  expect(await colorOfPart(page)).not.toBe(STYLED)
  expect(await errorCodes(page)).toContain('type-blocked')
  expect(await control.api.count('GET /v1/part/script')).toBe(types.length * 3)
})

test('frames, objects, workers, fonts, manifests, prefetches, pings and fetches without CORS rules get no token, even where everything is listed', async ({
  page,
  app,
  control,
}) => {
  await page.evaluate(async (api) => {
    const append = (name: string, attributes: Record<string, string>): void => {
      const element = document.createElement(name)
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
      document.body.append(element)
    }
    append('iframe', { src: `${api}/v1/iframe` })
    append('object', { data: `${api}/v1/object` })
    append('embed', { src: `${api}/v1/embed` })
    append('link', { rel: 'manifest', href: `${api}/v1/manifest` })
    append('link', { rel: 'prefetch', href: `${api}/v1/prefetch` })
    append('link', { rel: 'preload', as: 'font', crossorigin: '', href: `${api}/v1/preload` })
    append('a', { id: 'ping', href: '#', ping: `${api}/v1/ping` })
    document.querySelector<HTMLElement>('#ping')?.click()
    await fetch(`${api}/v1/no-cors`, { mode: 'no-cors' })
    await new FontFace('f', `url(${api}/v1/font)`).load().catch(() => undefined)
    // Of another origin: refused before anything is sent, or by what arrives.
    for (const path of ['worker', 'shared']) {
      try {
        if (path === 'worker') new Worker(`${api}/v1/${path}`)
        else new SharedWorker(`${api}/v1/${path}`)
      } catch {
        // As it should be.
      }
    }
  }, app.apiOrigin)
  const expected = ['iframe', 'object', 'embed', 'prefetch', 'preload', 'no-cors', 'font']
  await expect
    .poll(async () => (await control.api.log('/v1/')).map(({ path }) => path.slice(4)))
    .toEqual(expect.arrayContaining(expected))
  const log = await control.api.log('/v1/')
  expect(log.filter(({ authorization }) => authorization !== 'none')).toEqual([])
})
