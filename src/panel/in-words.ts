import type { AuthErrorCode } from '../contract/errors.ts'
import type { RequestDecision, RequestOutcome } from '../contract/timeline.ts'
import type { Entry } from './entries.ts'

export type Tone = 'good' | 'plain' | 'warn' | 'bad'

/** An entry as it is read: what happened, to what, and how it ended. */
export interface Line {
  readonly kind: string
  /** Origins, methods and names, in the type of code. */
  readonly subject?: string
  readonly outcome: string
  readonly code?: AuthErrorCode
  readonly tone: Tone
}

const OUTCOMES: Readonly<Record<RequestOutcome, readonly [string, Tone]>> = {
  sent: ['sent with the token', 'good'],
  'sent-again': ['sent again with a new token or proof', 'good'],
  'sent-without-token': ['sent without a token: nobody is signed in', 'warn'],
  withheld: ['answered, but the answer was withheld', 'bad'],
  'not-sent': ['not sent: there was no usable token', 'bad'],
  failed: ['failed: no answer', 'bad'],
  refused: ['refused: not configured', 'bad'],
}

/** @param words of an error, where they are known */
export function inWords(entry: Entry, words: (correlationId: string) => string | undefined): Line {
  switch (entry.what) {
    case 'request':
      return requestInWords(entry)
    case 'outside':
      return {
        kind: 'Request',
        subject: entry.origin,
        outcome: 'outside every configured API: sent by the browser, without a token',
        tone: 'warn',
      }
    case 'refresh':
      return entry.code === undefined
        ? { kind: 'Refresh', outcome: `new tokens · ${entry.ms} ms`, tone: 'good' }
        : { kind: 'Refresh', outcome: `failed · ${entry.ms} ms`, code: entry.code, tone: 'bad' }
    case 'session':
      return {
        kind: 'Session',
        outcome: entry.status,
        ...(entry.code && { code: entry.code }),
        tone: TONES[entry.status] ?? 'plain',
      }
    case 'error':
      return {
        kind: 'Error',
        outcome: words(entry.correlationId) ?? `in the step “${entry.phase}”`,
        code: entry.code,
        tone: 'bad',
      }
    case 'stepup':
      return { kind: 'Step-up', outcome: 'an API asks for a stronger sign-in', tone: 'warn' }
    case 'update':
      return { kind: 'Update', outcome: UPDATES[entry.reason] ?? entry.reason, tone: 'warn' }
  }
}

const TONES: Readonly<Record<string, Tone>> = {
  'signed-in': 'good',
  'interaction-required': 'warn',
  unprotected: 'bad',
}

const UPDATES: Readonly<Record<string, string>> = {
  waiting: 'a new version of the worker waits',
  outdated: 'page and worker are of different versions',
  uncovered: 'the worker does not get this page’s requests',
}

function requestInWords({ method, rule, outcome, status, ms }: RequestDecision): Line {
  const [words, tone] = OUTCOMES[outcome] ?? [outcome, 'plain']
  const parts = [words, ...(status === undefined ? [] : [`status ${status}`]), `${ms} ms`]
  return {
    kind: 'Request',
    subject: [method, rule].filter(Boolean).join(' ') || 'unknown',
    outcome: parts.join(' · '),
    tone: tone === 'good' && status !== undefined && status >= 400 ? 'warn' : tone,
  }
}

/** `14:05:09`, in whatever way the user's language writes it; always 24 hours, so that columns stay. */
export function timeOfDay(ms: number): string {
  return new Date(ms).toLocaleTimeString(undefined, { hour12: false })
}

/** How far a moment is from now: `in 42 s`, `3 min ago`. */
export function fromNow(seconds: number, now = Date.now() / 1000): string {
  const away = Math.trunc(seconds - now)
  if (away === 0) return 'now'
  const size = Math.abs(away)
  const text =
    size < 120
      ? `${size} s`
      : size < 7200
        ? `${Math.round(size / 60)} min`
        : size < 172_800
          ? `${Math.round(size / 3600)} h`
          : `${Math.round(size / 86_400)} days`
  return away >= 0 ? `in ${text}` : `${text} ago`
}
