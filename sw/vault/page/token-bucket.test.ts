import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

test('lets through as many at once as it holds, and then as many a second as it is filled with', () => {
  let now = 0
  const bucket = new TokenBucket(3, 2, () => now)
  const take = (times: number): boolean[] => Array.from({ length: times }, () => bucket.take())
  expect(take(4)).toEqual([true, true, true, false])
  now = 499
  expect(take(1)).toEqual([false])
  now = 500
  expect(take(2)).toEqual([true, false])
  now = 60_000
  expect(take(4)).toEqual([true, true, true, false])
})

test('whatever the rhythm, never more than it holds and was filled with', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 100 })
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 }), run),
  )
  function run(pauses: number[], most: number, perSecond: number): void {
    let now = 0
    const bucket = new TokenBucket(most, perSecond, () => now)
    let taken = 0
    for (const pause of pauses) {
      now += pause
      if (bucket.take()) taken += 1
    }
    expect(taken).toBeLessThanOrEqual(most + (now / 1000) * perSecond)
  }
})
