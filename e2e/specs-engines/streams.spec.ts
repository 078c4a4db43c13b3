import { expectSignedIn, signIn, signInAgain } from '../engines/demo.ts'
import { differs } from '../engines/differences.ts'
import { endWorkers } from '../engines/end-workers.ts'
import { brokenStreams, readStreams, streamsOf, streamsOfApi } from '../engines/streams.ts'
import { expect, test as base } from '../engines/test.ts'
import { environment } from '../fixtures/environment.ts'

/** Milliseconds after which the engine ends an idle worker here: more than between two signs of life of a page, and less than 30 s. */
const LIMIT_MS = 9000
/** Longer than that, and than the engine takes to do it. */
const LONG_MS = 14_000

const test = base.extend({
  switches: async ({ engine }, use) => {
    const limits = ['idle_timeout', 'idle_extended_timeout'].map(
      (name) => `dom.serviceWorkers.${name}=${LIMIT_MS}`,
    )
    await use(differs(engine, 'idle-worker-cuts-streams') ? limits : [])
  },
})

test.use({ variant: 'persistent' })

test('streams outlast the time after which an idle worker is ended: of a page and of its worker, on one origin and with a vault; not without the page’s signs of life', async ({
  session,
  engine,
  appOrigin,
  site,
  startApp,
}) => {
  const { appOrigins, apiOrigin } = environment()
  const isCut = differs(engine, 'idle-worker-cuts-streams')
  const ms = isCut ? LONG_MS : 2000
  const own = streamsOfApi(apiOrigin, ms)
  const inWorker = own.slice(1).map(({ url }) => ({ name: 'worker', by: 'worker', url }) as const)

  const silent = await session.tab()
  await signIn(silent, appOrigin)
  const memory = await session.tab()
  await signInAgain(memory, appOrigins['same-origin'].query)
  // Its host allows a worker of the page.
  const { origin } = await startApp({ csp: false })
  const page = await session.tab()
  await signInAgain(page, origin)
  const vault = await session.tab()
  await signIn(vault, site.appOrigin)
  // Another app of that vault, with a worker of its own.
  const silentVault = await session.tab()
  await signInAgain(silentVault, site.otherAppOrigin)
  for (const tab of [silent, silentVault]) {
    await tab.evaluate(() => {
      ServiceWorker.prototype.postMessage = () => undefined
    })
  }

  await readStreams(silent, own)
  await readStreams(silentVault, streamsOfApi(site.apiOrigin, ms))
  await readStreams(memory, own)
  await readStreams(page, [...own, ...inWorker])
  await readStreams(vault, streamsOfApi(site.apiOrigin, ms))
  for (const each of [page, memory, vault]) expect(await brokenStreams(each, ms)).toEqual({})
  expect(await streamsOf(page)).toHaveProperty('worker')
  for (const each of [silent, silentVault]) {
    const broken = Object.keys(await brokenStreams(each, ms))
    expect(broken.toSorted()).toEqual(isCut ? ['chunks', 'events'] : [])
  }
  const endsOfSilent = (await streamsOf(silent))['chunks']?.ends
  expect(endsOfSilent).toEqual([isCut ? 'TypeError' : 'done'])
  // Nobody can tell it from the real end there.
  expect((await streamsOf(silentVault))['chunks']?.ends).toEqual(['done'])
})

test('an EventSource that its server ends connects again by itself, with a token; one whose worker was ended does so too, or a new one', async ({
  session,
  engine,
  appOrigin,
}) => {
  const { apiOrigin } = environment()
  const url = `${apiOrigin}/v1/events`
  const [first, tab] = [await session.tab(), await session.tab()]
  await signIn(first, appOrigin)
  await tab.goto(appOrigin)
  await expectSignedIn(tab)
  await readStreams(tab, [{ name: 'three', by: 'EventSource', url: `${url}?count=3` }])
  await tab.waitFor('window.streams.three.parts > 6')
  const { ids, ends } = (await streamsOf(tab))['three']!
  expect(new Set(ends)).toEqual(new Set(['again']))
  const isLost = differs(engine, 'last-event-id-lost')
  expect(ids.slice(0, 6)).toEqual(isLost ? [1, 2, 3, 1, 2, 3] : [1, 2, 3, 4, 5, 6])

  const source = { name: 'events', by: 'EventSource', url } as const
  await readStreams(tab, [source])
  await tab.waitFor('window.streams.events.parts > 2')
  await endWorkers(session, engine, tab, first)
  await tab.waitFor('window.streams.events.ends.length > 0')
  const givesUp = differs(engine, 'event-source-gives-up')
  expect((await streamsOf(tab))['events']?.ends).toEqual([givesUp ? 'closed' : 'again'])
  if (givesUp) await readStreams(tab, [source])
  else await tab.waitFor('window.streams.events.opened === 2')
  const { parts } = (await streamsOf(tab))['events']!
  await tab.waitFor(`window.streams.events.parts > ${parts + 2}`)
})
