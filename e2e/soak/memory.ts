import { callOneByOne } from '../fixtures/call-one-by-one.ts'
import { heapOfPage, heapOfWorker } from '../fixtures/heap.ts'
import type { OpenWorld } from './open-world.ts'

/** The promise: so many calls, and the memory of the worker grows by less. */
const CALLS = 10_000
const MOST_BYTES = 5_000_000
/** What engines compile and remember of code that they have seen a few times. */
const WARM_UP_CALLS = 1000
const BATCH = 500
/** Bytes by which a heap differs from one look to the next. */
const NOISE_BYTES = 500_000
/** Bytes that a worker may have on top of what it had first, whatever it is doing. */
const MOST_UNDER_LOAD_BYTES = 30_000_000

/** Bytes in use, by whose they are. */
export type Heaps = Readonly<Record<string, number>>

/** Looks at the memory of everything that runs. A worker that was ended a moment ago is left out. */
export async function readHeaps({ tabs, appOrigin, guardianOrigin }: OpenWorld): Promise<Heaps> {
  const heaps: Record<string, number> = {}
  for (const [name, origin] of Object.entries({ app: appOrigin, guardian: guardianOrigin })) {
    if (name === 'guardian' && origin === appOrigin) continue
    // Nobody asks a vault's worker while a token is good: it is woken, so that there is something to look at.
    await tabs.first.evaluate(() => window.client.getUser()).catch(() => undefined)
    const heap = await heapOfWorker(tabs.first, origin).catch(() => undefined)
    if (heap) heaps[`${name}’s worker`] = heap.usedBytes
  }
  heaps['first tab with its frames'] = (await heapOfPage(tabs.first)).usedBytes
  return heaps
}

/** Memory under load goes up and down; it must not go up and up. */
export function judgeHeaps({ oracle }: OpenWorld, first: Heaps, now: Heaps): void {
  for (const [whose, bytes] of Object.entries(now)) {
    const grown = bytes - (first[whose] ?? bytes)
    if (grown > MOST_UNDER_LOAD_BYTES) oracle.violate(`${whose} grew by ${megabytes(grown)}`)
  }
}

export interface Growth {
  readonly calls: number
  readonly heaps: Heaps
}

/** Calls one after the other while nothing else happens, up to {@link CALLS} or for so long, and compares the memory. */
export async function measureGrowth(world: OpenWorld, forMs: number): Promise<Growth> {
  const { tabs, oracle, apiOrigin } = world
  return tabs.withoutLoad(async () => {
    const end = Date.now() + forMs
    const callAll = async (count: number): Promise<void> => {
      const failures = await callOneByOne(tabs.first, apiOrigin, count)
      for (const failure of failures) oracle.violate(`one call after the other: ${failure}`)
    }
    await callAll(WARM_UP_CALLS)
    const before = await readHeaps(world)
    let calls = 0
    while (calls < CALLS && (calls === 0 || Date.now() < end)) {
      await callAll(BATCH)
      calls += BATCH
    }
    const after = await readHeaps(world)
    const heaps: Record<string, number> = {}
    for (const [whose, bytes] of Object.entries(after)) {
      const grown = bytes - (before[whose] ?? bytes)
      heaps[whose] = grown
      const most = Math.max(NOISE_BYTES, (MOST_BYTES * calls) / CALLS)
      if (grown >= most) {
        oracle.violate(`${whose} grew by ${megabytes(grown)} after ${calls} calls`)
      }
    }
    return { calls, heaps }
  })
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(2)} MB`
}

export function heapsInWords(heaps: Heaps): string {
  return Object.entries(heaps)
    .map(([whose, bytes]) => `${whose} ${megabytes(bytes)}`)
    .join(', ')
}
