import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { bridgeInTest, type BridgeInTest } from '../../e2e/unit/bridge-in-test.ts'
import { ConnectionBook } from './connection-book.ts'
import type { Connection, Message } from './connection.ts'

const GET: Message = {
  url: 'https://api.example/v1/me',
  method: 'GET',
  headers: [],
  redirect: 'follow',
  cache: 'default',
  keepalive: false,
}

let pages: string[] = []
let asked: string[] = []
let wakings = 0
let book: ConnectionBook
let bridges: BridgeInTest[] = []

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  })
  pages = ['one', 'two']
  asked = []
  wakings = 0
  bridges = []
  book = new ConnectionBook({
    list: () => Promise.resolve(pages),
    isOpen: (id) => Promise.resolve(pages.includes(id)),
    askForPort: async (id) => void asked.push(id),
    stayAwake: async () => {
      wakings += 1
    },
  })
})
afterEach(() => {
  vi.useRealTimers()
  for (const bridge of bridges) bridge.close()
})

/** A page brings a port to its bridge, which says which life it is. */
function bring(clientId: string, life = clientId): BridgeInTest {
  const bridge = bridgeInTest()
  bridges.push(bridge)
  book.add(clientId, bridge.workerEnd)
  bridge.post({ type: 'hello', bridge: life })
  return bridge
}

/** Answers every ping from now on. */
function stayAlive(bridge: BridgeInTest): void {
  void bridge.next('ping').then(() => {
    bridge.post({ type: 'pong' })
    stayAlive(bridge)
  })
}

/** Lets the clock run. Ports deliver in real time, so they get their turn in between. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10) {
    await vi.advanceTimersByTimeAsync(10)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Whose bridge is found, for as long as it takes. */
function finding(clientId: string): { found: () => string | undefined; isOver: () => boolean } {
  let result: { readonly connection: Connection | undefined } | undefined
  void book.find(clientId).then((connection) => {
    result = { connection }
  })
  return {
    found: () => result?.connection?.clientId,
    isOver: () => result !== undefined,
  }
}

describe('a request of a page', () => {
  test('takes the bridge of its own page, without asking anybody', async () => {
    bring('two')
    bring('one')
    expect((await book.find('one'))?.clientId).toBe('one')
    expect(asked).toEqual([])
  })

  test('asks its page for a port and goes on as soon as it is there', async () => {
    const { found } = finding('one')
    await pass(100)
    expect(asked).toEqual(['one'])
    bring('one')
    await pass(10)
    expect(found()).toBe('one')
  })

  test('asks once for many requests, and again every second', async () => {
    for (let n = 0; n < 20; n += 1) void book.find('one')
    await pass(900)
    expect(asked).toEqual(['one'])
    await pass(600)
    expect(asked).toEqual(['one', 'one'])
  })

  test('takes another page’s bridge when its own page has none in five seconds', async () => {
    stayAlive(bring('two'))
    const { found } = finding('one')
    await pass(4500)
    expect(found()).toBeUndefined()
    await pass(2000)
    expect(found()).toBe('two')
  })

  test('fails after twenty seconds without any bridge', async () => {
    const { isOver, found } = finding('one')
    await pass(19_000)
    expect(isOver()).toBe(false)
    await pass(3000)
    expect(isOver()).toBe(true)
    expect(found()).toBeUndefined()
  })
})

describe('a request of a worker of the page', () => {
  test('takes any bridge that shows a sign of life', async () => {
    stayAlive(bring('one'))
    const { found } = finding('some-worker')
    await pass(100)
    expect(found()).toBe('one')
  })

  test('does not wait for a page that never answers, such as one in the back/forward cache', async () => {
    stayAlive(bring('two'))
    await pass(50)
    bring('one')
    await pass(50)
    const { found } = finding('some-worker')
    await pass(1200)
    expect(found()).toBe('two')
  })

  test('does not ask tabs that were closed', async () => {
    pages = Array.from({ length: 20 }, (_, n) => `tab ${n}`)
    stayAlive(bring('tab 0'))
    await pass(50)
    for (const page of pages.slice(1)) bring(page)
    await pass(50)
    pages = ['tab 0']
    const { found } = finding('some-worker')
    await pass(100)
    expect(found()).toBe('tab 0')
  })

  test('finds the one of twenty tabs that is not frozen in two seconds', async () => {
    pages = Array.from({ length: 20 }, (_, n) => `tab ${n}`)
    stayAlive(bring('tab 0'))
    await pass(50)
    for (const page of pages.slice(1)) bring(page)
    await pass(50)
    const { found } = finding('some-worker')
    await pass(2200)
    expect(found()).toBe('tab 0')
  })

  test('asks every page when no bridge is known', async () => {
    const { found } = finding('some-worker')
    await pass(50)
    expect(asked).toEqual(['one', 'two'])
    stayAlive(bring('two'))
    await pass(100)
    expect(found()).toBe('two')
  })

  test('fails at once without any page', async () => {
    pages = []
    const { isOver, found } = finding('some-worker')
    await pass(10)
    expect(isOver()).toBe(true)
    expect(found()).toBeUndefined()
  })
})

describe('a request of the worker itself', () => {
  test('fails at once when the pages whose ports it knows are closed', async () => {
    bring('one')
    bring('two')
    pages = []
    const { isOver } = finding('')
    await pass(10)
    expect(isOver()).toBe(true)
  })

  test('does not wait for a port of a page that is closed', async () => {
    bring('closed')
    stayAlive(bring('two'))
    const { found } = finding('')
    await pass(100)
    expect(found()).toBe('two')
  })

  test('waits no longer than it was told to', async () => {
    let isOver = false
    void book.find('one', 5000).then(() => {
      isOver = true
    })
    await pass(4500)
    expect(isOver).toBe(false)
    await pass(1500)
    expect(isOver).toBe(true)
  })
})

describe('what a worker that lives long remembers', () => {
  test('has no page that was closed, once another one is opened', async () => {
    bring('one')
    await pass(10)
    const connection = book.open('one')
    pages = ['two']
    bring('two')
    await pass(10)
    expect(connection?.isOpen).toBe(false)
    expect(book.open('one')).toBeUndefined()
    expect(book.open('two')?.isOpen).toBe(true)
  })

  test('has no port that was replaced and that nobody waits for', async () => {
    bring('one')
    await pass(10)
    const replaced = book.open('one')
    bring('one')
    expect(replaced?.isOpen).toBe(false)
    expect(book.open('one')?.isOpen).toBe(true)
  })
})

describe('a port that comes anew', () => {
  test('of the same bridge leaves the calls on the old one to end', async () => {
    const old = bring('one', 'life')
    await pass(10)
    const outcome = book.open('one')!.send(GET, new AbortController().signal)
    const { id } = await old.next('call')
    bring('one', 'life')
    await pass(10)
    old.post({ type: 'failed', id })
    await pass(10)
    expect(await outcome).toMatchObject({ response: { type: 'error' } })
  })

  test('of another life of the bridge ends the old one', async () => {
    bring('one', 'life')
    await pass(10)
    const old = book.open('one')!
    const outcome = old.send(GET, new AbortController().signal)
    bring('one', 'next life')
    await pass(10)
    expect(old.isOpen).toBe(false)
    expect(await outcome).toBe('not-begun')
    expect(book.open('one')?.isOpen).toBe(true)
  })
})

describe('while something waits', () => {
  test.each([
    ['begun', 'lost'],
    ['taken', 'not-begun'],
  ] as const)('a page that closes is noticed, and a call that was %s is %s', async (type, end) => {
    const bridge = bring('one')
    const outcome = book.open('one')!.send(GET, new AbortController().signal)
    const { id } = await bridge.next('call')
    bridge.post({ type, id })
    book.watch()
    await pass(600)
    pages = ['two']
    await pass(700)
    expect(await outcome).toBe(end)
    expect(book.open('one')).toBeUndefined()
  })

  test('what a page said before it closed is heard, though it was noticed first', async () => {
    const bridge = bring('one')
    const outcome = book.open('one')!.send(GET, new AbortController().signal)
    const { id } = await bridge.next('call')
    pages = ['two']
    book.watch()
    await pass(550)
    bridge.post({ type: 'begun', id })
    await pass(200)
    expect(await outcome).toBe('lost')
  })

  test('a device whose clock moves by an hour makes no bridge look dead', async () => {
    const bridge = bring('one')
    stayAlive(bridge)
    const outcome = book.open('one')!.send(GET, new AbortController().signal)
    const { id } = await bridge.next('call')
    bridge.post({ type: 'begun', id })
    book.watch()
    await pass(600)
    vi.setSystemTime(Date.now() + 3_600_000)
    await pass(3000)
    expect(book.open('one')?.isOpen).toBe(true)
    bridge.post({ type: 'failed', id })
    expect(await outcome).toMatchObject({ response: { type: 'error' } })
  })

  test('a bridge that falls silent is noticed', async () => {
    const bridge = bring('one')
    const outcome = book.open('one')!.send(GET, new AbortController().signal)
    const { id } = await bridge.next('call')
    bridge.post({ type: 'taken', id })
    book.watch()
    await pass(9500)
    expect(await outcome).toBe('lost')
  })

  test('the worker is kept awake, and no longer than that', async () => {
    const bridge = bring('one')
    stayAlive(bridge)
    const outcome = book.open('one')!.send(GET, new AbortController().signal)
    const { id } = await bridge.next('call')
    bridge.post({ type: 'taken', id })
    book.watch()
    await pass(20_000)
    expect(wakings).toBe(2)
    bridge.post({ type: 'failed', id })
    await outcome
    await pass(20_000)
    expect(wakings).toBe(2)
  })
})
