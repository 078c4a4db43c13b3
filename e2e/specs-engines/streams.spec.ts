import { signIn, signInAgain } from '../engines/demo.ts'
import { differs } from '../engines/differences.ts'
import {
  brokenStreams,
  chunksOfApi,
  readStreams,
  streamsOf,
  streamsOfApi,
} from '../engines/streams.ts'
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

  await readStreams(silent, streamsOfApi(apiOrigin, ms))
  await readStreams(silentVault, streamsOfApi(site.apiOrigin, ms))
  await readStreams(memory, [chunksOfApi(apiOrigin, ms)])
  await readStreams(page, [...streamsOfApi(apiOrigin, ms), chunksOfApi(apiOrigin, ms, 'worker')])
  await readStreams(vault, streamsOfApi(site.apiOrigin, ms))
  for (const each of [page, memory, vault]) expect(await brokenStreams(each, ms)).toEqual({})
  expect(await streamsOf(page)).toHaveProperty('worker')
  for (const each of [silent, silentVault]) {
    const broken = Object.keys(await brokenStreams(each, ms))
    expect(broken.toSorted()).toEqual(isCut ? ['chunks', 'events'] : [])
  }
  const endsOfSilent = (await streamsOf(silent))['chunks']?.ends
  expect(endsOfSilent).toEqual([isCut ? 'TypeError' : 'done'])
  // An EventSource gives up there, and takes a new one to go on.
  expect((await streamsOf(silent))['events']?.ends).toEqual(isCut ? ['closed'] : [])
  await readStreams(silent, streamsOfApi(apiOrigin, ms).slice(0, 1))
  await silent.waitFor('window.streams.events.parts > 2')
  // Nobody can tell it from the real end there.
  expect((await streamsOf(silentVault))['chunks']?.ends).toEqual(['done'])
})

test('an EventSource that its server ends connects again by itself, with a token', async ({
  session,
  engine,
  appOrigin,
}) => {
  const tab = await session.tab()
  await signIn(tab, appOrigin)
  const url = `${environment().apiOrigin}/v1/events?count=3`
  await readStreams(tab, [{ name: 'events', by: 'EventSource', url }])
  await tab.waitFor('window.streams.events.parts > 6')
  const { ids, ends } = (await streamsOf(tab))['events']!
  expect(new Set(ends)).toEqual(new Set(['again']))
  const isLost = differs(engine, 'last-event-id-lost')
  expect(ids.slice(0, 6)).toEqual(isLost ? [1, 2, 3, 1, 2, 3] : [1, 2, 3, 4, 5, 6])
})
