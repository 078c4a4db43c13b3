import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { QueueStore } from 'workbox-background-sync'
import { CacheFirst, NetworkFirst, NetworkOnly, type Strategy } from 'workbox-strategies'
import { API } from '../../e2e/unit/parsed-config.ts'
import type { PresentUser } from '../core/present-users.ts'
import type { ApiAccess, ApiFetchInit } from '../host/api-access.ts'
import { ApiStrategy } from './api-strategy.ts'
import { ReplayQueue } from './replay-queue.ts'
import { purge } from './user-cache.ts'

const ALICE = { key: 'alice' }
const BOB = { key: 'bob' }

let user: PresentUser | undefined
let sentFor: ApiFetchInit['user'][]
let network: () => Promise<Response>
let waiting: Promise<unknown>[]

/** The guardian, as far as a strategy can see it. */
const api: ApiAccess = {
  userOf: () => Promise.resolve(user),
  route: () => undefined,
  fetch: async (_input, init) => {
    sentFor.push(init?.user)
    return network()
  },
}

/** A page is no service worker; strategies look at no more of its events than this. */
class EventInTest {
  waitUntil(work: Promise<unknown>): void {
    waiting.push(work)
  }
}

beforeAll(() => {
  Object.assign(globalThis, {
    ExtendableEvent: EventInTest,
    FetchEvent: class extends EventInTest {},
    registration: {},
    __WB_DISABLE_DEV_LOGS: true,
  })
})
beforeEach(() => {
  user = ALICE
  sentFor = []
  waiting = []
  network = () => Promise.resolve(new Response('of alice'))
})
afterEach(async () => {
  for (const name of await caches.keys()) await caches.delete(name)
})

const offline = (): Promise<Response> => Promise.reject(new TypeError('offline'))

/** What a page gets, once everything is done; `undefined` for a network error. */
async function answerOf(strategy: Strategy, method = 'GET'): Promise<string | undefined> {
  const request = new Request(`${API}me`, { method })
  const event = new EventInTest()
  const response = await new ApiStrategy(api, strategy)
    .handle({ request, event })
    .catch(() => undefined)
  while (waiting.length > 0) await Promise.allSettled(waiting.splice(0))
  return response?.text()
}

async function kept(): Promise<string[]> {
  const names = await caches.keys()
  const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))
  return keys.flat().map(({ url }) => url)
}

describe('a request of a page', () => {
  test.each([
    ['a user', ALICE, 'alice'],
    ['nobody', 'nobody', null],
    ['who is not known', 'unknown', undefined],
  ] as const)('is sent for %s only, whoever signs in meanwhile', async (_who, who, sent) => {
    user = who
    const strategy = new NetworkOnly({
      plugins: [
        {
          requestWillFetch: ({ request }) => {
            user = BOB
            return Promise.resolve(request)
          },
        },
      ],
    })
    await answerOf(strategy)
    expect(sentFor).toEqual([sent])
  })

  test('that fails is queued for the user whose it was, whoever signs in meanwhile', async () => {
    const outbox = new ReplayQueue(api, 'of-a-strategy')
    // Without background sync one begins with the worker, and would find what is not for who came.
    await outbox.replay()
    network = () => {
      user = BOB
      return offline()
    }
    expect(await answerOf(new NetworkOnly({ plugins: [outbox] }), 'POST')).toBeUndefined()
    const entries = await new QueueStore('of-a-strategy').getAll()
    expect(entries.map(({ metadata }) => metadata)).toEqual([{ user: 'alice' }])
  })

  test('that its page does not want any more is not queued', async () => {
    const outbox = new ReplayQueue(api, 'of-aborted')
    network = () => Promise.reject(new DOMException('', 'AbortError'))
    await answerOf(new NetworkOnly({ plugins: [outbox] }), 'POST')
    expect(await new QueueStore('of-aborted').size()).toBe(0)
  })
})

describe('an answer', () => {
  test('is read by its user and by nobody else', async () => {
    await answerOf(new NetworkFirst())
    network = offline
    expect(await answerOf(new NetworkFirst())).toBe('of alice')
    for (const other of [BOB, 'nobody', 'unknown', undefined] as const) {
      user = other
      expect(await answerOf(new NetworkFirst())).toBeUndefined()
      expect(await kept()).toHaveLength(1)
    }
  })

  test.each(['nobody', 'unknown', undefined] as const)(
    'that is for %s comes from the network, also where the cache is asked first, and is not kept',
    async (who) => {
      await answerOf(new CacheFirst())
      user = who
      network = () => Promise.resolve(new Response('of the network'))
      expect(await answerOf(new CacheFirst())).toBe('of the network')
      expect(await kept()).toHaveLength(1)
    },
  )

  test('is not read once its user is another than when the page asked', async () => {
    await answerOf(new NetworkFirst())
    network = () => {
      user = BOB
      return offline()
    }
    expect(await answerOf(new NetworkFirst())).toBeUndefined()
  })

  test('is not kept once its user is another than when the page asked', async () => {
    network = () => {
      user = BOB
      return Promise.resolve(new Response('of alice'))
    }
    expect(await answerOf(new NetworkFirst())).toBe('of alice')
    expect(await kept()).toEqual([])
  })

  test('that was just being written when its user signed out is deleted again', async () => {
    const strategy = new NetworkFirst({
      plugins: [
        {
          cacheDidUpdate: () => {
            user = 'nobody'
            return Promise.resolve()
          },
        },
      ],
    })
    await answerOf(strategy)
    expect(await kept()).toEqual([])
  })

  test('is kept as the strategy has it: with status 200, or as a plugin of the app says', async () => {
    network = () => Promise.resolve(new Response('not there', { status: 404 }))
    await answerOf(new CacheFirst())
    expect(await kept()).toEqual([])
    const all = {
      cacheWillUpdate: ({ response }: { response: Response }) => Promise.resolve(response),
    }
    await answerOf(new CacheFirst({ plugins: [all] }))
    expect(await kept()).toHaveLength(1)
  })
})

describe('a purge', () => {
  beforeEach(async () => {
    await answerOf(new NetworkFirst())
    await (await caches.open('of-the-app')).put(`${API}me`, new Response('not of the guardian'))
  })

  test.each(['unknown', ALICE] as const)(
    'leaves what belongs to who is there or may come back: %j',
    async (who) => {
      user = who
      await purge(api)
      expect(await kept()).toHaveLength(2)
    },
  )

  test.each(['nobody', BOB, undefined] as const)(
    'deletes what belongs to who is not %j, and nothing of the app',
    async (who) => {
      user = who
      await purge(api)
      expect(await kept()).toEqual([`${API}me`])
    },
  )
})
