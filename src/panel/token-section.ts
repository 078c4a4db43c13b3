import type { Timeline, TokenTimes } from '../contract/timeline.ts'
import type { Asked } from './ask-timeline.ts'
import { fromNow, timeOfDay } from './in-words.ts'
import { make, show } from './make.ts'
import { section, type Section } from './section.ts'

/** How long tokens live. Their values are nowhere in this page. */
export function tokenSection(): Section<Asked> {
  const list = make('ul', 'tokens')
  const note = make('p', 'note')
  return {
    element: section('Tokens', list, note),
    update: ({ timeline }) => {
      const tokens = timeline?.tokens ?? []
      list.hidden = tokens.length === 0
      // With the seconds that are left, which change by themselves.
      const rows = tokens.map((token) => ({ rule: token.rule, rows: rowsOf(token) }))
      show(list, rows, () => rows.map(describe))
      show(note, noteOf(timeline), () => [noteOf(timeline)])
    },
  }
}

type Row = readonly [name: string, value: string]

function describe({ rule, rows }: { readonly rule: string; readonly rows: readonly Row[] }): Node {
  const facts = rows.flatMap(([name, value]) => [make('dt', '', name), make('dd', '', value)])
  return make('li', '', make('code', '', rule), make('dl', 'facts', ...facts))
}

function rowsOf({ issuedAt, expiresAt, refreshFrom }: TokenTimes): Row[] {
  const row = (name: string, at: number | undefined): Row[] =>
    at === undefined ? [] : [[name, `${timeOfDay(at * 1000)} (${fromNow(at)})`]]
  const rows = [
    ...row('issued', issuedAt),
    ...row('refresh due', refreshFrom),
    ...row('expires', expiresAt),
  ]
  return rows.length > 0 ? rows : [['access token', 'none yet']]
}

function noteOf(timeline: Timeline | undefined): string {
  if (timeline === undefined) return 'Not known here.'
  if (timeline.tokens.length === 0) return 'No API is configured for this client.'
  return `Refresh token: ${timeline.hasRefreshToken ? 'yes' : 'no'}.`
}
