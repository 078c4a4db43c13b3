import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Update } from './auth-client.ts'
import { Updates } from './updates.ts'

let told: Update[]
let updates: Updates

beforeEach(() => {
  told = []
  updates = new Updates(
    (update) => told.push(update),
    async () => undefined,
  )
})
afterEach(() => vi.restoreAllMocks())

const reasons = (): string[] => told.map(({ reason }) => reason)
const loadedBy = (type: string): unknown =>
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([{ type }] as never)

test('one version that waits is told once, however often the browser says so', () => {
  const [first, second] = [{} as ServiceWorker, {} as ServiceWorker]
  for (const worker of [first, first, second, second]) updates.waits(worker)
  expect(reasons()).toEqual(['waiting', 'waiting'])
})

test('a page that was not reloaded yet hears that it should be', () => {
  loadedBy('navigate')
  updates.isNotFine('outdated')
  expect(reasons()).toEqual(['outdated'])
})

test('a page that was just reloaded and is no better does not hear it again', () => {
  loadedBy('reload')
  updates.isNotFine('outdated')
  updates.isNotFine('uncovered')
  expect(reasons()).toEqual([])
})

test('a page that was reloaded, and fine for a while, hears of the next time', () => {
  loadedBy('reload')
  updates.isFine()
  updates.isNotFine('uncovered')
  expect(reasons()).toEqual(['uncovered'])
})

test('where only a reload is wanted, there is nothing to apply', async () => {
  updates.isNotFine('outdated')
  await expect(told[0]?.apply()).resolves.toBeUndefined()
})
