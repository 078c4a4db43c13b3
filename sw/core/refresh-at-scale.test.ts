import { expect, test } from 'vitest'
import { simulate, type Scenario, type Schedule } from '../../e2e/scale/model.ts'
import { pauseAfter, refreshFrom } from './refresh-schedule.ts'

// The whole table is in docs/at-scale.md; these are the same clients, fewer of them.
const guardian: Schedule = { refreshFrom, pauseAfter }
const MIDDLE = 0.5
const withoutJitter: Schedule = {
  refreshFrom: ({ expiresAt }, leeway) => expiresAt - leeway,
  pauseAfter: (failed) => pauseAfter({ ...failed, leftSeconds: 0 }, () => MIDDLE),
}
const base = { clients: 10_000, lifetimeSeconds: 300 }
const outages: readonly [string, Scenario][] = [
  ['a minute of 503', { ...base, outage: { seconds: 60, kind: '503' } }],
  ['ten minutes of 503', { ...base, outage: { seconds: 600, kind: '503' } }],
  [
    'ten minutes of 503 with Retry-After',
    { ...base, outage: { seconds: 600, kind: '503', retryAfter: 30 } },
  ],
  ['ten minutes of timeouts', { ...base, outage: { seconds: 600, kind: 'timeout' } }],
  [
    'ten minutes of 503 and little capacity',
    { ...base, outage: { seconds: 600, kind: '503' }, capacity: 1.5 },
  ],
]

test.each(outages)(
  'after %s the load is at most twice the usual, and no herd comes',
  (_what, scenario) => {
    const { peak, peakSecond, affected } = simulate(scenario, guardian)
    expect(affected).toBeGreaterThan(0)
    expect(peak).toBeLessThanOrEqual(2)
    // Of one second, with the chance of a small sample.
    expect(peakSecond).toBeLessThanOrEqual(3)
    expect(simulate(scenario, withoutJitter).peak).toBeGreaterThan(2)
  },
)

test('clients that signed in together do not refresh together', () => {
  const scenario = { ...base, signInWithinSeconds: 60 }
  expect(simulate(scenario, guardian).peak).toBeLessThanOrEqual(2)
  expect(simulate(scenario, withoutJitter).peak).toBeGreaterThan(3)
})

test('the same seed gives the same run', () => {
  const scenario = { ...base, clients: 500, outage: { seconds: 60, kind: '503' } } as const
  expect(simulate(scenario, guardian)).toEqual(simulate(scenario, guardian))
  expect(simulate({ ...scenario, seed: 2 }, guardian)).not.toEqual(simulate(scenario, guardian))
})
