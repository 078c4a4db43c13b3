import { expect, test } from '../fixtures/app.ts'
import { addClientPage } from '../fixtures/client-page.ts'
import { openClient, signInHere } from '../fixtures/client-calls.ts'
import { loadElement } from '../fixtures/elements.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

test('an API for images alone gives its token to images: not to script, style, sound, fetch, EventSource, beacons or downloads', async ({
  page,
  app,
  control,
  startApp,
}) => {
  const resources = [{ url: `${app.apiOrigin}/v1/`, destinations: ['image'] as const }]
  const root = await buildOwnDemo('image-only', app, { guardian: { resources } })
  await addClientPage(root)
  await openClient(page, await startApp({ root, protections: { csp: false } }))
  await signInHere(page)
  await control.api.reset()

  const load = (...what: Parameters<typeof loadElement>[0]): Promise<string> =>
    page.evaluate(loadElement, what)
  const of = (path: string): string => `${app.apiOrigin}/v1/${path}`
  expect(await load('img', of('image.png'))).toBe('loaded')
  expect(await load('img', of('image.png?cors'), { crossorigin: '' })).toBe('loaded')
  expect(await control.api.log('/v1/')).toMatchObject([
    { authorization: 'bearer' },
    { authorization: 'bearer' },
  ])
  await control.api.reset()

  for (const more of [{}, { crossorigin: '' }]) {
    expect(await load('script', of('part/script'), more)).toBe('failed')
    expect(await load('link', of('part/style'), more)).toBe('failed')
  }
  expect(await load('module', of('part/module'))).toBe('failed')
  const code = await page.evaluate(async (api) => {
    const sound = document.createElement('audio')
    sound.src = `${api}/v1/sound.wav`
    await new Promise((resolve) => {
      for (const end of ['error', 'loadedmetadata']) sound.addEventListener(end, resolve)
    })
    navigator.sendBeacon(`${api}/v1/echo-body`, 'x')
    await fetch(`${api}/v1/me`)
    await fetch(`${api}/v1/me`, { mode: 'no-cors' })
    await new Promise((resolve) => {
      const events = new EventSource(`${api}/v1/events`)
      for (const end of ['error', 'open']) events.addEventListener(end, resolve)
    })
    return window.client.downloadUrl(`${api}/v1/me`).then(
      () => 'a link',
      (error: { code: string }) => error.code,
    )
  }, app.apiOrigin)
  expect(code).toBe('download-not-allowed')
  await expect.poll(() => control.api.count('POST /v1/echo-body')).toBe(1)
  const log = await control.api.log('/v1/')
  expect(log.length).toBeGreaterThanOrEqual(10)
  expect(log.filter(({ authorization }) => authorization !== 'none')).toEqual([])
})
