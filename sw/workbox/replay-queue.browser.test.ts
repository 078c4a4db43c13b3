import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { QueueStore } from 'workbox-background-sync'
import { API } from '../../e2e/unit/parsed-config.ts'
import { deferred } from '../../e2e/unit/deferred.ts'
import type { PresentUser } from '../core/present-users.ts'
import type { ApiAccess, ApiFetchInit } from '../host/api-access.ts'
import { ReplayQueue, type ReplayQueueOptions } from './replay-queue.ts'

interface Sent {
  readonly name: string
  readonly user: ApiFetchInit['user']
  readonly authorization: string | null
  readonly body: string
}

let queues = 0
let name: string
let user: PresentUser | undefined
let sent: Sent[]
let answer: (name: string) => Promise<Response>
let told: unknown[]

/** The guardian, as far as a queue can see it. */
const api: ApiAccess = {
  userOf: () => Promise.resolve(user),
  route: () => undefined,
  fetch: async (input, init) => {
    const request = new Request(input)
    const { pathname } = new URL(request.url)
    sent.push({
      name: pathname.slice('/v1/'.length),
      user: init?.user,
      authorization: request.headers.get('authorization'),
      body: await request.text(),
    })
    return answer(pathname.slice('/v1/'.length))
  },
}

beforeAll(() => {
  // A page is no service worker. Without `sync`, as in browsers that have none.
  Object.assign(globalThis, { registration: {}, __WB_DISABLE_DEV_LOGS: true })
})
beforeEach(() => {
  // Workbox takes each name once, and never closes its database.
  queues += 1
  name = `queue-${queues}`
  user = { key: 'alice' }
  sent = []
  told = []
  answer = () => Promise.resolve(new Response())
})

function queue(options: ReplayQueueOptions = {}): ReplayQueue {
  return new ReplayQueue(api, name, {
    onDrop: ({ request, reason }) => void told.push([nameOf(request), reason]),
    onReplay: ({ request, response }) => void told.push([nameOf(request), response.status]),
    ...options,
  })
}

const nameOf = ({ url }: Request): string => url.slice(API.length)
const waiting = async (): Promise<number> => new QueueStore(name).size()
const order = (): string[] => sent.map((one) => one.name)

async function pushed(made: ReplayQueue, ...names: readonly string[]): Promise<void> {
  for (const one of names) {
    const headers = { authorization: 'Bearer of-the-page', dpop: 'proof', 'x-app': '1' }
    await made.push(new Request(API + one, { method: 'POST', body: one, headers }))
  }
}

describe('what waits', () => {
  test('is sent in order for the user whose it is, without what the page had as credentials', async () => {
    const made = queue()
    await pushed(made, 'one', 'two')
    await made.replay()
    expect(sent).toEqual([
      { name: 'one', user: 'alice', authorization: null, body: 'one' },
      { name: 'two', user: 'alice', authorization: null, body: 'two' },
    ])
    expect(told).toEqual([
      ['one', 200],
      ['two', 200],
    ])
    expect(await waiting()).toBe(0)
  })

  test('is stored without these', async () => {
    await pushed(queue(), 'one')
    const [entry] = await new QueueStore(name).getAll()
    expect(Object.keys(entry?.requestData.headers ?? {})).toEqual(['content-type', 'x-app'])
  })

  test('waits on behind one that cannot be sent, and nothing overtakes it', async () => {
    const made = queue()
    await pushed(made, 'one', 'two', 'three')
    answer = (one) =>
      one === 'two' ? Promise.reject(new TypeError('offline')) : Promise.resolve(new Response())
    await expect(made.replay()).rejects.toThrow('waits still')
    expect(order()).toEqual(['one', 'two'])
    answer = () => Promise.resolve(new Response())
    await made.replay()
    expect(order()).toEqual(['one', 'two', 'two', 'three'])
    expect(await waiting()).toBe(0)
  })

  test.each([401, 408, 429, 500, 503])('waits on after an answer %i', async (status) => {
    const made = queue()
    await pushed(made, 'one')
    answer = () => Promise.resolve(new Response(null, { status }))
    await expect(made.replay()).rejects.toThrow('waits still')
    expect(told).toEqual([])
    expect(await waiting()).toBe(1)
  })

  test.each([204, 400, 403, 409])(
    'is done with an answer %i, of which the app hears',
    async (status) => {
      const made = queue()
      await pushed(made, 'one')
      answer = () => Promise.resolve(new Response(null, { status }))
      await made.replay()
      expect(told).toEqual([['one', status]])
      expect(await waiting()).toBe(0)
    },
  )

  test('is there until it was answered, for the worker may be ended at any moment', async () => {
    const made = queue()
    await pushed(made, 'one')
    const answered = deferred<Response>()
    answer = () => answered.promise
    const replayed = made.replay()
    await expect.poll(order).toEqual(['one'])
    expect(await waiting()).toBe(1)
    answered.resolve(new Response())
    await replayed
    expect(await waiting()).toBe(0)
  })

  test('is sent once, however many events ask for it at once', async () => {
    const made = queue()
    await pushed(made, 'one')
    await Promise.all([made.replay(), made.replay()])
    expect(order()).toEqual(['one'])
  })

  test('is sent by the run that follows when it was added during one', async () => {
    const made = queue()
    await pushed(made, 'one')
    const answered = deferred<Response>()
    answer = () => answered.promise
    const first = made.replay()
    await expect.poll(order).toEqual(['one'])
    await pushed(made, 'two')
    const second = made.replay()
    answer = () => Promise.resolve(new Response())
    answered.resolve(new Response())
    await Promise.all([first, second])
    expect(order()).toEqual(['one', 'two'])
  })

  test('is not sent while another version of the worker does so', async () => {
    const made = queue()
    await pushed(made, 'one')
    const over = deferred()
    const held = deferred()
    const lock = navigator.locks.request(`token-guardian replay ${name}`, async () => {
      held.resolve()
      await over.promise
    })
    await held.promise
    await expect(made.replay()).rejects.toThrow('Another worker')
    over.resolve()
    await lock
    await made.replay()
    expect(order()).toEqual(['one'])
  })
})

describe('whose it is', () => {
  test.each([
    ['another user', { key: 'bob' }],
    ['nobody', 'nobody'],
  ] as const)('is dropped when %s is there, and the app is told', async (_who, other) => {
    const made = queue()
    await pushed(made, 'one')
    user = other
    await made.replay()
    expect(sent).toEqual([])
    expect(told).toEqual([['one', 'other-user']])
    expect(await waiting()).toBe(0)
  })

  test('is dropped also behind what waits on', async () => {
    const made = queue()
    await pushed(made, 'one')
    user = { key: 'bob' }
    await pushed(made, 'two')
    answer = () => Promise.reject(new TypeError('offline'))
    user = { key: 'alice' }
    await expect(made.replay()).rejects.toThrow('waits still')
    expect(told).toEqual([['two', 'other-user']])
    expect(await waiting()).toBe(1)
  })

  test('keeps it waiting while nobody can say who is there', async () => {
    const made = queue()
    await pushed(made, 'one')
    user = 'unknown'
    await expect(made.replay()).rejects.toThrow('waits still')
    expect(sent).toEqual([])
    user = { key: 'alice' }
    await made.replay()
    expect(order()).toEqual(['one'])
  })

  test('must be known when it is added', async () => {
    user = 'unknown'
    await pushed(queue(), 'one')
    expect(told).toEqual([['one', 'user-unknown']])
    expect(await waiting()).toBe(0)
  })

  test('may be nobody, and then it is sent without a token and for nobody else', async () => {
    const made = queue()
    user = 'nobody'
    await pushed(made, 'one')
    await made.replay()
    expect(sent).toMatchObject([{ name: 'one', user: null }])
  })

  test('is not known of what another queue of the app left under this name', async () => {
    const left = { url: `${API}one`, headers: {}, method: 'GET' }
    await new QueueStore(name).pushEntry({ requestData: left, timestamp: Date.now() })
    await queue().replay()
    expect(sent).toEqual([])
    expect(told).toEqual([['one', 'user-unknown']])
  })

  test('does not matter for what is for no API', async () => {
    const made = queue()
    user = undefined
    await pushed(made, 'one')
    await made.replay()
    expect(sent).toMatchObject([{ name: 'one', user: undefined }])
  })
})

test('what is too old is dropped, and the app is told', async () => {
  const made = queue({ maxRetentionTime: 10 })
  const requestData = { url: `${API}one`, headers: {}, method: 'GET' }
  const elevenMinutesAgo = Date.now() - 11 * 60_000
  const metadata = { user: 'alice' }
  await new QueueStore(name).pushEntry({ requestData, timestamp: elevenMinutesAgo, metadata })
  await made.replay()
  expect(sent).toEqual([])
  expect(told).toEqual([['one', 'expired']])
  expect(await waiting()).toBe(0)
})
