import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { epochSeconds } from '../../src/contract/units.ts'
import { pauseAfter, refreshFrom } from './refresh-schedule.ts'

const at = epochSeconds(1_000_000)
const token = (lifetime: number, id = crypto.randomUUID() as string) => ({
  id,
  issuedAt: at,
  expiresAt: at + lifetime,
})

describe('refreshFrom', () => {
  test('is between half of the lifetime and the leeway, and the same whenever it is asked', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.nat(100_000), fc.nat(3600), (id, lifetime, leeway) => {
        const from = refreshFrom(token(lifetime, id), leeway)
        const half = at + lifetime / 2
        expect(from).toBeLessThanOrEqual(Math.max(half, at + lifetime - leeway))
        expect(from).toBeGreaterThanOrEqual(half)
        expect(refreshFrom(token(lifetime, id), leeway)).toBe(from)
      }),
    )
  })

  test('is another for each token: the quarters of the span get about as many', () => {
    const quarters = [0, 0, 0, 0]
    for (let count = 0; count < 2000; count += 1) {
      const share = (refreshFrom(token(3660), 30) - at - 1830) / 1800
      quarters[Math.min(3, Math.floor(share * 4))]! += 1
    }
    for (const quarter of quarters) expect(Math.abs(quarter - 500)).toBeLessThan(120)
  })

  test('is the leeway for what an older guardian stored and for ids of another form', () => {
    expect(refreshFrom({ expiresAt: at + 300 }, 30)).toBe(at + 270)
    expect(refreshFrom(token(300, 'not-hexadecimal'), 30)).toBe(at + 270)
  })

  test('is half of a short life, so that not each request refreshes a token that lives no longer than the leeway', () => {
    expect(refreshFrom(token(60), 30)).toBe(at + 30)
    expect(refreshFrom(token(40), 30)).toBe(at + 20)
    expect(refreshFrom(token(30), 30)).toBe(at + 15)
    expect(refreshFrom(token(10), 30)).toBe(at + 5)
  })
})

describe('pauseAfter', () => {
  const failed = { failures: 1, leftSeconds: 0, lifetimeSeconds: 300, retryAfterSeconds: 0 }
  const range = (change: Partial<typeof failed> | { lifetimeSeconds: undefined }): number[] =>
    [0, 1].map((random) => pauseAfter({ ...failed, ...change }, () => random))

  test('grows, of which half is random, up to a share of the lifetime', () => {
    expect(range({})).toEqual([1, 2])
    expect(range({ failures: 2 })).toEqual([8, 16])
    expect(range({ failures: 3 })).toEqual([64, 128])
    expect(range({ failures: 4 })).toEqual([105, 210])
    expect(range({ failures: 5000 })).toEqual([105, 210])
  })

  test('has an end for long lives, for unknown ones and for none', () => {
    expect(range({ failures: 9, lifetimeSeconds: 86_400 })).toEqual([300, 600])
    expect(range({ failures: 9, lifetimeSeconds: undefined })).toEqual([30, 60])
    expect(range({ failures: 9, lifetimeSeconds: 0 })).toEqual([1, 2])
  })

  test('ends in the last quarter of what is left of a good token', () => {
    expect(range({ leftSeconds: 400 })).toEqual([300, 400])
    expect(range({ leftSeconds: 30 })).toEqual([1, 2])
  })

  test('comes on top of Retry-After, of which ten minutes are believed', () => {
    expect(range({ retryAfterSeconds: 20 })).toEqual([21, 27])
    expect(range({ retryAfterSeconds: 20, leftSeconds: 400 })).toEqual([320, 425])
    expect(range({ retryAfterSeconds: 1e9 })).toEqual([601, 752])
  })
})
