import { isRecord } from './field-reader.ts'
import type { Decision, Timeline, TimelineEntry, TokenTimes } from './timeline.ts'

/** More than any guardian keeps. */
const MOST_ENTRIES = 1000
const MAX_TEXT = 256

type Kind = 'text' | 'number' | 'rule'
/** `?` marks fields that may be absent. */
type Fields = Readonly<Record<string, Kind | `${Kind}?`>>

const DECISIONS: Readonly<Record<Decision['what'], Fields>> = {
  request: {
    client: 'text?',
    rule: 'rule?',
    method: 'text?',
    outcome: 'text',
    status: 'number?',
    ms: 'number',
  },
  refresh: { client: 'text', code: 'text?', ms: 'number' },
  session: { client: 'text', status: 'text', code: 'text?' },
  error: { client: 'text?', code: 'text', phase: 'text', correlationId: 'text' },
  stepup: { client: 'text' },
}
const TOKEN_TIMES: Fields = {
  rule: 'rule',
  issuedAt: 'number?',
  expiresAt: 'number?',
  refreshFrom: 'number?',
}

/**
 * Reads what a guardian answered to `get-timeline`, perhaps one of another version: entries of a kind that is not known, or that lack
 * something, are left out, and so is every field that is not known. `undefined` when it is no timeline at all.
 */
export function parseTimeline(value: unknown): Timeline | undefined {
  if (!isRecord(value)) return undefined
  const { client, entries, tokens, hasRefreshToken } = value
  if (typeof client !== 'string' || !Array.isArray(entries) || !Array.isArray(tokens)) {
    return undefined
  }
  return {
    client,
    entries: entries.slice(-MOST_ENTRIES).flatMap(parseEntry),
    tokens: tokens.slice(0, MOST_ENTRIES).flatMap((entry) => pick<TokenTimes>(entry, TOKEN_TIMES)),
    hasRefreshToken: hasRefreshToken === true,
  }
}

function parseEntry(entry: unknown): TimelineEntry[] {
  const what: unknown = isRecord(entry) ? entry['what'] : undefined
  if (typeof what !== 'string' || !Object.hasOwn(DECISIONS, what)) return []
  return pick(entry, { what: 'text', at: 'number', ...DECISIONS[what as Decision['what']] })
}

/** A copy with exactly the known fields; nothing when one is wrong or missing. */
function pick<Shape extends object>(from: unknown, fields: Fields): Shape[] {
  if (!isRecord(from)) return []
  const picked: Record<string, unknown> = {}
  for (const [name, kind] of Object.entries(fields)) {
    const value = Object.hasOwn(from, name) ? from[name] : undefined
    if (value === undefined && kind.endsWith('?')) continue
    if (!CHECKS[kind.replace('?', '') as Kind](value)) return []
    picked[name] = value
  }
  return [picked as Shape]
}

const CHECKS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string' && value !== '' && value.length <= MAX_TEXT,
  number: (value) => Number.isFinite(value),
  rule: (value) => typeof value === 'string' && /^https?:\/\/[^?#]{1,2000}\/$/.test(value),
}
