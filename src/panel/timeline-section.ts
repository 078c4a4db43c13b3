import type { AuthErrorCode } from '../contract/errors.ts'
import type { Entry } from './entries.ts'
import { inWords, timeOfDay } from './in-words.ts'
import { make, show } from './make.ts'
import { section, type Section } from './section.ts'

interface ShownTimeline {
  readonly entries: readonly Entry[]
  /** Why the guardian's part is missing. */
  readonly code?: AuthErrorCode
  readonly words: (correlationId: string) => string | undefined
}

/** What happened, newest first. */
export function timelineSection(): Section<ShownTimeline> {
  const note = make('p', 'note')
  const list = make('ol', 'entries')
  const element = section('Timeline', note, list)
  // Not announced: it changes with every request, and whoever looks at it reads it.
  list.setAttribute('aria-live', 'off')
  return {
    element,
    update: ({ entries, code, words }) => {
      const text = noteOf(code, entries.length)
      note.hidden = text === ''
      show(note, text, () => [text])
      const lines = entries.map((entry) => ({ at: entry.at, ...inWords(entry, words) }))
      show(list, lines, () =>
        lines.map(({ at, kind, subject, outcome, code: lineCode, tone }) => {
          const time = make('time', '', timeOfDay(at))
          time.dateTime = new Date(at).toISOString()
          const what = make('div', 'what', make('strong', '', kind))
          if (subject !== undefined) what.append(' ', make('code', 'subject', subject))
          if (lineCode !== undefined) what.append(' ', make('code', 'code', lineCode))
          what.append(make('span', 'outcome', outcome))
          const item = make('li', '', time, what)
          item.dataset['tone'] = tone
          return item
        }),
      )
    },
  }
}

function noteOf(code: AuthErrorCode | undefined, entries: number): string {
  switch (code) {
    case undefined:
      return entries === 0 ? 'Nothing has happened yet.' : ''
    case 'invalid-request':
    case 'contract-mismatch':
      return 'The guardian keeps no timeline: `developmentPanel` is not on in its configuration, or it is of an older version. Below is what this page knows by itself.'
    case 'page-not-covered':
      return 'No worker covers this page, so nobody decides anything here.'
    default:
      return 'The guardian does not answer now. Below is what this page knows by itself.'
  }
}
