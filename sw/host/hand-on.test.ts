import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { tokenSet } from '../../e2e/unit/token-sets.ts'
import type { MemoryTokenStore } from '../storage/memory-token-store.ts'
import { writeTokens } from '../storage/token-rows.ts'
import { handOnSessions } from './hand-on.ts'

const SCRIPT = 'https://app.example/sw.js'

class FakeWorker {
  state: ServiceWorkerState = 'installed'
  readonly scriptURL: string
  readonly heard: unknown[] = []

  constructor(scriptURL = SCRIPT) {
    this.scriptURL = scriptURL
  }

  postMessage(data: unknown): void {
    this.heard.push(data)
  }
}

let taken: unknown[]
let tokens: MemoryTokenStore
let handOn: (next: ServiceWorker) => void
let post: (data: unknown, source: unknown) => void

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('ServiceWorker', FakeWorker)
  taken = []
  const target = Object.assign(new EventTarget(), { location: { href: SCRIPT } })
  tokens = {
    onChange: () => undefined,
    all: new Map([['main', { generation: 'g', tokens: tokenSet(1) }]]),
    take: (given: ReadonlyMap<string, unknown>) => taken.push([...given.keys()]),
  } as unknown as MemoryTokenStore
  post = (data, source) =>
    void target.dispatchEvent(Object.assign(new Event('message'), { data, source }))
  handOn = handOnSessions(target as never, tokens)
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const GIVEN = {
  tokenGuardianSessions: [
    { client: 'main', generation: 'g', text: expect.stringContaining('rt-S3CRET-1') as string },
  ],
}
/** The same, to be read. */
const SENT = {
  tokenGuardianSessions: [
    { client: 'main', generation: 'g', text: writeTokens({ tokens: tokenSet(1) }) },
  ],
}

test('gives to the next version now, after a change and now and then, until that has taken over', () => {
  const next = new FakeWorker()
  handOn(next as never)
  expect(next.heard).toEqual([GIVEN])
  tokens.onChange()
  vi.advanceTimersByTime(20_000)
  expect(next.heard).toEqual([GIVEN, GIVEN, GIVEN, GIVEN])
  next.state = 'activated'
  tokens.onChange()
  vi.advanceTimersByTime(60_000)
  expect(next.heard).toHaveLength(4)
  expect(vi.getTimerCount()).toBe(0)
})

test('gives nothing to a worker of another script', () => {
  const foreign = new FakeWorker('https://app.example/foreign.js')
  handOn(foreign as never)
  tokens.onChange()
  vi.advanceTimersByTime(60_000)
  expect(foreign.heard).toEqual([])
})

test('takes from a worker of the same script only, and from no page', () => {
  post(SENT, { id: 'a page' })
  post(SENT, null)
  post(SENT, new FakeWorker(`${SCRIPT}?other`))
  expect(taken).toEqual([])
  post(SENT, new FakeWorker())
  expect(taken).toEqual([['main']])
  post({ type: 'SKIP_WAITING' }, new FakeWorker())
  post(null, new FakeWorker())
  expect(taken).toHaveLength(1)
})
