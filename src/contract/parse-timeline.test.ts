import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyMessage } from '../../e2e/unit/arbitraries.ts'
import { parseTimeline } from './parse-timeline.ts'
import type { Timeline } from './timeline.ts'
import { epochSeconds } from './units.ts'

const timeline: Timeline = {
  client: 'default',
  entries: [
    {
      what: 'request',
      at: 1,
      client: 'default',
      rule: 'https://api.example/v1/',
      method: 'GET',
      outcome: 'sent',
      status: 200,
      ms: 5,
    },
    { what: 'request', at: 2, outcome: 'refused', ms: 0 },
    { what: 'refresh', at: 3, client: 'default', code: 'session-ended', ms: 9 },
    { what: 'session', at: 4, client: 'default', status: 'signed-in' },
    { what: 'error', at: 5, code: 'internal', phase: 'api', correlationId: 'c' },
    { what: 'stepup', at: 6, client: 'default' },
  ],
  tokens: [{ rule: 'https://api.example/v1/', expiresAt: epochSeconds(9) }],
  hasRefreshToken: true,
}

test('gives back what a guardian tells', () => {
  expect(parseTimeline(structuredClone(timeline))).toEqual(timeline)
})

test('never throws, and shows nothing of an entry that is not one', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      parseTimeline(message)
      const read = parseTimeline({ ...timeline, entries: [message], tokens: [message] })
      expect(read).toMatchObject({ entries: [], tokens: [] })
    }),
  )
})

test('leaves out fields and entries that another version may have', () => {
  const [entry] = timeline.entries
  const more = { ...entry, url: 'https://api.example/v1/me?token=x', token: 'x' }
  const entries = [more, { what: 'telepathy', at: 1 }, { what: '__proto__', at: 1 }]
  expect(parseTimeline({ ...timeline, entries })?.entries).toEqual([entry])
})

test.each(['https://api.example/v1/?q=1', 'https://api.example/v1', 'javascript:/', 'x/', ''])(
  'does not show %j as a rule',
  (rule) => {
    expect(parseTimeline({ ...timeline, tokens: [{ rule }] })?.tokens).toEqual([])
  },
)
