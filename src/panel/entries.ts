import type { Timeline, TimelineEntry } from '../contract/timeline.ts'
import type { PageNote, PageNotes } from './page-notes.ts'
import type { OutsideRequest } from './page-requests.ts'

/** One line of the timeline that is shown. */
export type Entry = TimelineEntry | PageNote | OutsideRequest

/** Lines that are shown. */
const MOST_ENTRIES = 200

/**
 * One timeline out of what the guardian decided, what the page was told, and what the page did without a guardian; newest first.
 * What both know is taken from the guardian, whose timeline is older than this page.
 */
export function mergeEntries(
  timeline: Timeline | undefined,
  { notes }: Pick<PageNotes, 'notes'>,
  outside: readonly OutsideRequest[],
): Entry[] {
  const decided: readonly TimelineEntry[] = timeline?.entries ?? []
  const told = new Set(decided.map((entry) => entry.what === 'error' && entry.correlationId))
  const own = notes.filter((note) => {
    if (note.what === 'error') return !told.has(note.correlationId)
    return timeline === undefined || note.what === 'update' || !isGuardians(note)
  })
  return [...decided, ...own, ...outside]
    .toSorted((one, other) => other.at - one.at)
    .slice(0, MOST_ENTRIES)
}

/** Without a worker that covers the page, the page alone says so. */
function isGuardians(note: PageNote): boolean {
  return note.what !== 'session' || note.status !== 'unprotected'
}
