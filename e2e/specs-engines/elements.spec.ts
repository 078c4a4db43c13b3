import { apiLog } from '../engines/api-log.ts'
import { signIn } from '../engines/demo.ts'
import { differs } from '../engines/differences.ts'
import type { Tab } from '../engines/session.ts'
import { expect, test } from '../engines/test.ts'
import { loadElement, seekSound } from '../fixtures/elements.ts'
import { environment } from '../fixtures/environment.ts'
import { SOUND_SECONDS } from '../servers/page-parts.ts'

/** A build in which everything that can be authenticated is. That of the vault on https is so too. */
test.use({ variant: 'beyond' })

/** Makes URLs that no other test has asked for. */
function fresh(path: string): string {
  return `${path}?id=${crypto.randomUUID()}`
}

/** Sends a beacon, and waits until it arrived with a token. */
async function expectBeacon(tab: Tab, apiOrigin: string): Promise<void> {
  const beacons = (): Promise<readonly unknown[]> => apiLog(apiOrigin, '/v1/echo-body')
  const before = (await beacons()).length
  await tab.evaluate((to) => navigator.sendBeacon(to, 'x'), `${apiOrigin}/v1/echo-body`)
  await expect
    .poll(async () => (await beacons()).slice(before), apiOrigin)
    .toMatchObject([{ authorization: 'bearer' }])
}

/** Posts once without and once with `keepalive`, by which a page that goes does not take the request with it. */
async function expectKeepalive(tab: Tab, apiOrigin: string, goesAround: boolean): Promise<void> {
  const path = '/v1/echo-body'
  const before = (await apiLog(apiOrigin, path)).length
  await tab.evaluate(async (to) => {
    for (const keepalive of [false, true]) {
      // An API that does not know the app's own origin lets it read no answer that no worker passed on.
      await fetch(to, { method: 'POST', body: 'x', keepalive }).catch(() => undefined)
    }
  }, apiOrigin + path)
  const tokens = (await apiLog(apiOrigin, path)).slice(before).map((entry) => entry.authorization)
  expect(tokens, apiOrigin).toEqual(['bearer', goesAround ? 'none' : 'bearer'])
}

test('images, style sheets, scripts and modules are got with a token, on one origin and with a vault; beacons too, and what is fetched with keepalive', async ({
  session,
  engine,
  startApp,
  site,
}) => {
  const { apiOrigin } = environment()
  const tab = await session.tab()
  // Its host lets pages have scripts of the API.
  await signIn(tab, (await startApp({ csp: false })).origin)
  for (const [kind, path] of [
    ['img', 'image.png'],
    ['link', 'part/style'],
    ['script', 'part/script'],
    ['module', 'part/module'],
  ] as const) {
    const url = fresh(`${apiOrigin}/v1/${path}`)
    // Without a token the API answers 401.
    expect(await tab.evaluate(loadElement, [kind, url] as const), kind).toBe('loaded')
  }
  const json = fresh(`${apiOrigin}/v1/part/script`) + '&type=application/json'
  expect(await tab.evaluate(loadElement, ['script', json] as const)).toBe('failed')

  await expectBeacon(tab, apiOrigin)
  const goesAround = differs(engine, 'keepalive-past-workers')
  await expectKeepalive(tab, apiOrigin, goesAround)

  const vault = await session.tab()
  await signIn(vault, site.appOrigin)
  const image = fresh(`${site.apiOrigin}/v1/image.png`)
  expect(await vault.evaluate(loadElement, ['img', image] as const)).toBe('loaded')
  await expectBeacon(vault, site.apiOrigin)
  await expectKeepalive(vault, site.apiOrigin, goesAround)
})

test('script can read the pixels of an image that was got with a token', async ({
  session,
  engine,
  appOrigin,
}) => {
  const tab = await session.tab()
  await signIn(tab, appOrigin)
  const outcome = await tab.evaluate(
    async (url) => {
      const image = new Image()
      image.src = url
      await image.decode()
      const canvas = document.createElement('canvas').getContext('2d')
      canvas?.drawImage(image, 0, 0)
      try {
        return canvas?.getImageData(0, 0, 1, 1).data.length
      } catch (error) {
        return (error as Error).name
      }
    },
    fresh(`${environment().apiOrigin}/v1/image.png`),
  )
  expect(outcome).toBe(differs(engine, 'pixels-withheld') ? 'SecurityError' : 4)
})

test('a sound is heard from where it is sought, by ranges with a token, on one origin and with a vault; without the attribute crossorigin too', async ({
  session,
  engine,
  appOrigin,
  site,
}) => {
  for (const [app, api] of [
    [appOrigin, environment().apiOrigin],
    [site.appOrigin, site.apiOrigin],
  ] as const) {
    const tab = await session.tab()
    await signIn(tab, app)
    for (const crossOrigin of ['anonymous', null]) {
      const before = (await apiLog(api, '/v1/sound.wav')).length
      const url = fresh(`${api}/v1/sound.wav`)
      const sought = await tab.evaluate(seekSound, [url, crossOrigin, SOUND_SECONDS / 2] as const)
      const log = (await apiLog(api, '/v1/sound.wav')).slice(before)
      const schemes = new Set(log.map(({ authorization }) => authorization))
      if (crossOrigin === null && differs(engine, 'media-past-workers')) {
        expect(sought.error).toBe(4)
        expect([...schemes]).toEqual(['none'])
        continue
      }
      expect(sought).toEqual({ duration: SOUND_SECONDS, time: SOUND_SECONDS / 2, error: 0 })
      expect([...schemes]).toEqual(['bearer'])
      const starts = log.map(({ range }) => Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1]))
      expect(starts.filter((start) => start > SOUND_SECONDS * 4000)).not.toEqual([])
    }
  }
})
