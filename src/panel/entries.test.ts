import { expect, test } from 'vitest'
import type { Timeline } from '../contract/timeline.ts'
import { mergeEntries } from './entries.ts'
import { fromNow, inWords } from './in-words.ts'
import type { PageNote } from './page-notes.ts'

const timeline: Timeline = {
  client: 'default',
  entries: [
    { what: 'session', at: 10, client: 'default', status: 'signed-in' },
    { what: 'error', at: 30, code: 'redirect-blocked', phase: 'api', correlationId: 'known' },
  ],
  tokens: [],
  hasRefreshToken: false,
}
const notes: PageNote[] = [
  { what: 'session', at: 11, status: 'signed-in' },
  { what: 'update', at: 20, reason: 'waiting' },
  { what: 'error', at: 31, code: 'redirect-blocked', phase: 'api', correlationId: 'known' },
  { what: 'error', at: 40, code: 'bridge-lost', phase: 'api', correlationId: 'of the page' },
]

test('what guardian and page both know is shown once, newest first', () => {
  const outside = [{ what: 'outside', at: 15, origin: 'https://api.example' }] as const
  expect(mergeEntries(timeline, { notes }, outside).map(({ at }) => at)).toEqual([
    40, 30, 20, 15, 10,
  ])
})

test('without a timeline of the guardian, what the page knows is shown', () => {
  expect(mergeEntries(undefined, { notes }, []).map(({ at }) => at)).toEqual([40, 31, 20, 11])
})

test('a page that no worker covers says so itself', () => {
  const alone: PageNote[] = [{ what: 'session', at: 50, status: 'unprotected', code: 'tampered' }]
  expect(mergeEntries(timeline, { notes: alone }, [])[0]).toMatchObject({ at: 50 })
})

test('an outcome of a newer guardian is shown as it is', () => {
  const line = inWords(
    { what: 'request', at: 1, outcome: 'teleported' as never, ms: 1 },
    () => undefined,
  )
  expect(line).toMatchObject({ outcome: 'teleported · 1 ms', tone: 'plain' })
})

test.each([
  [100, 'now'],
  [142, 'in 42 s'],
  [40, '60 s ago'],
  [280, 'in 3 min'],
  [10_900, 'in 3 h'],
  [345_700, 'in 4 days'],
])('says of second %i, seen from second 100, that it is %s', (seconds, words) => {
  expect(fromNow(seconds, 100)).toBe(words)
})
