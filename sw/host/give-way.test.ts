import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { giveWay } from './give-way.ts'

class FakeWorker {
  state: ServiceWorkerState = 'installed'
  readonly heard: unknown[] = []

  postMessage(data: unknown): void {
    this.heard.push(data)
  }
}

let ended: number
let handedOn: unknown[]
let skipped: number
let active: FakeWorker | undefined
let self: { skipWaiting: () => Promise<void> }
let post: (data: unknown, source: unknown) => void

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('ServiceWorker', FakeWorker)
  ended = skipped = 0
  active = undefined
  handedOn = []
  const target = new EventTarget()
  self = Object.assign(target, {
    skipWaiting: async () => void (skipped += 1),
    registration: {
      get active() {
        return active
      },
    },
  })
  post = (data, source) =>
    void target.dispatchEvent(Object.assign(new Event('message'), { data, source }))
  giveWay(
    self as never,
    () => {
      ended += 1
      return ended > 2
    },
    (next) => handedOn.push(next),
  )
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const TAKES_OVER = { tokenGuardianNext: 'takes-over' }

test('a version that is told to take over says so to the one before, whoever told it', async () => {
  active = new FakeWorker()
  await self.skipWaiting()
  expect(active.heard).toEqual([TAKES_OVER])
  expect(skipped).toBe(1)
  post({ type: 'SKIP_WAITING' }, {})
  expect(active.heard).toEqual([TAKES_OVER, TAKES_OVER])
  expect(skipped).toBe(2)
})

test('the first version of all has nobody to tell', async () => {
  await self.skipWaiting()
  expect(skipped).toBe(1)
})

test('what streams is ended after a minute, as soon as that may be, and again until the next version has taken over', () => {
  const next = new FakeWorker()
  post(TAKES_OVER, next)
  expect(handedOn).toEqual([next])
  vi.advanceTimersByTime(59_999)
  expect(ended).toBe(0)
  vi.advanceTimersByTime(1)
  expect(ended).toBe(1)
  vi.advanceTimersByTime(1000)
  expect(ended).toBe(3)
  vi.advanceTimersByTime(9999)
  expect(ended).toBe(3)
  vi.advanceTimersByTime(1)
  expect(ended).toBe(4)
  next.state = 'activated'
  vi.advanceTimersByTime(60_000)
  expect(ended).toBe(4)
  expect(vi.getTimerCount()).toBe(0)
})

test('no page can end the streams of others or be given anything, and a worker not its own', () => {
  const itself = new FakeWorker()
  itself.state = 'activated'
  post(TAKES_OVER, { id: 'a page' })
  post(TAKES_OVER, null)
  post(TAKES_OVER, itself)
  post({ tokenGuardianNext: 'something' }, new FakeWorker())
  vi.advanceTimersByTime(300_000)
  expect(ended).toBe(0)
  expect(handedOn).toEqual([])
})
