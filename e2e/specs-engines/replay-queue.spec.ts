import { signIn } from '../engines/demo.ts'
import { differs } from '../engines/differences.ts'
import type { Tab } from '../engines/session.ts'
import { expect, test as base } from '../engines/test.ts'
import { ApiControl, AuthorizationServerControl } from '../fixtures/control.ts'
import { environment } from '../fixtures/environment.ts'
import { buildWorkboxApp } from '../fixtures/workbox-app.ts'
import { readDiary, readQueue } from '../fixtures/workbox-diary.ts'

const ECHO = '/v1/echo-body'

/** A page of the app that does not speak to the worker, so that nothing is sent because of it. */
const SILENT = '/test-pages/plain.html'

/** After a sync event that failed Chromium waits 5 minutes, and longer each time, and gives up after three. */
const TRIES_EACH_SECOND = [
  '--force-fieldtrials=BackgroundSync/Soon',
  '--force-fieldtrial-params=BackgroundSync.Soon:initial_retry_delay_sec/1/retry_delay_factor/1/min_recovery_time_sec/1/max_sync_attempts/100',
]

interface Fixtures {
  /** The app whose worker has a queue. */
  readonly origin: string
  readonly api: ApiControl
  readonly as: AuthorizationServerControl
}

const test = base.extend<Fixtures>({
  origin: async ({ startApp }, use) => {
    const { asOrigin, apiOrigin } = environment()
    const root = await buildWorkboxApp({ topology: 'same-origin', asOrigin, apiOrigin })
    await use((await startApp({}, root)).origin)
  },
  // Playwright reads the pattern to know what a fixture needs.
  // oxlint-disable-next-line no-empty-pattern
  api: async ({}, use) => {
    const api = new ApiControl(environment().apiOrigin)
    await api.reset()
    await use(api)
    await api.reset()
  },
  // oxlint-disable-next-line no-empty-pattern
  as: async ({}, use) => {
    await use(new AuthorizationServerControl(environment().asOrigin))
  },
})

/** Goes to a page as by a link. Firefox’s driver once called its own navigation, right after a sign-in, interrupted by itself. */
async function follow(tab: Tab, url: string): Promise<void> {
  await tab.evaluate((to) => location.assign(to), url)
  await tab.waitFor(`location.href === '${url}' && document.readyState === 'complete'`)
}

/** Posts while there is no network, from a page that stays silent; until it is kept. */
async function postInVain(tab: Tab, api: ApiControl, name: string): Promise<void> {
  await api.fault(ECHO, 'drop')
  const outcome = await tab.evaluate(
    (url) =>
      fetch(url, { method: 'POST', body: 'x' }).then(
        ({ status }) => String(status),
        ({ name: error }: Error) => error,
      ),
    `${api.origin}${ECHO}?${name}`,
  )
  expect(outcome).toBe('TypeError')
  expect(await tab.evaluate(readQueue)).toHaveLength(1)
}

/** The network is back, and the token of before is refused. */
async function comeBackOnline(api: ApiControl, as: AuthorizationServerControl): Promise<void> {
  await as.reset()
  await api.refuseIssuedTokens()
  await api.reset()
}

/** Since the network is back the last of these was refused with the token of before, taken with the next, and not sent again. */
async function expectSentOnce(
  tab: Tab,
  api: ApiControl,
  as: AuthorizationServerControl,
  ...names: readonly string[]
): Promise<void> {
  await expect
    .poll(() => tab.evaluate(readDiary))
    .toMatchObject(names.map((name) => ({ replayed: `?${name}`, status: 200 })))
  expect(await tab.evaluate(readQueue)).toEqual([])
  const sent = (await api.log(ECHO)).map(({ authorization }) => authorization)
  expect(sent).toEqual(['bearer', 'bearer'])
  expect(await as.count('POST /token')).toBe(1)
}

test('a request that fails without a network is kept, and sent once with a fresh token when it is back, by the page that opens and by the one that the user comes back to', async ({
  session,
  origin,
  api,
  as,
}) => {
  const tab = await session.tab()
  await signIn(tab, origin)
  await follow(tab, origin + SILENT)
  await postInVain(tab, api, 'one')
  await comeBackOnline(api, as)
  expect(await tab.evaluate(readQueue)).toHaveLength(1)
  await follow(tab, `${origin}/client.html`)
  await expectSentOnce(tab, api, as, 'one')

  await follow(tab, origin + SILENT)
  await postInVain(tab, api, 'two')
  await comeBackOnline(api, as)
  expect(await tab.evaluate(readQueue)).toHaveLength(1)
  await tab.evaluate(() => history.back())
  await tab.waitFor(`document.title === 'Page client'`)
  await expectSentOnce(tab, api, as, 'one', 'two')
})

test.describe('background sync', () => {
  test.use({
    // The browser as people have it: without its own windows Chromium has no background sync.
    persistent: async ({ engine }, use) => use(!differs(engine, 'no-background-sync')),
    switches: async ({ engine }, use) =>
      use(differs(engine, 'no-background-sync') ? [] : TRIES_EACH_SECOND),
  })

  test('what waits is sent without a page, by a sync event, where the engine has them, and else not before the next page', async ({
    session,
    engine,
    origin,
    api,
    as,
  }) => {
    const isWoken = !differs(engine, 'no-background-sync')
    const tab = await session.tab()
    await signIn(tab, origin)
    await follow(tab, origin + SILENT)
    expect(await tab.evaluate(() => 'SyncManager' in window)).toBe(isWoken)
    await postInVain(tab, api, 'late')
    const elsewhere = await session.tab()
    await tab.close()
    await comeBackOnline(api, as)
    if (isWoken) await expect.poll(() => api.log(ECHO)).toHaveLength(2)
    await elsewhere.goto(origin + SILENT)
    if (!isWoken) {
      expect(await elsewhere.evaluate(readQueue)).toHaveLength(1)
      expect(await api.log(ECHO)).toEqual([])
      await follow(elsewhere, `${origin}/client.html`)
    }
    await expectSentOnce(elsewhere, api, as, 'late')
  })
})
