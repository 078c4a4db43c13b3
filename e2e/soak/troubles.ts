import type { Ending } from '../fixtures/mixed-calls.ts'
import type { LoadReport } from '../fixtures/pages/load.ts'

/** What each kind of trouble may do to a call that is under way meanwhile. Everything else must be answered. */
const allowed = {
  /** Browsers give a request whose response had not begun to the worker's next life; a response that had is broken. */
  'worker ended': ['broken'],
  'no network': ['lost', 'broken'],
  /** Until there is a new token calls with an expired one fail, and the page gets the answer to one that the API refuses. */
  'no tokens': ['lost', 'wrong'],
  'faulty API': ['lost', 'broken', 'wrong'],
  /** The frame that carried the call of a worker may have gone with its page. */
  'tab left': ['broken'],
  /** Nobody is signed in, or not for long any more. */
  'signed out': [],
} as const satisfies Record<string, readonly Ending[]>

export type Trouble = keyof typeof allowed

interface Window {
  readonly trouble: Trouble
  readonly from: number
  to: number
}

/** Milliseconds after an end in which its effects may still show. */
const AFTERMATH_MS = 1000

/** When there was what trouble. */
export class Troubles {
  readonly #windows: Window[] = []

  /** @returns what ends it */
  begin(trouble: Trouble): () => void {
    const window = { trouble, from: Date.now(), to: Infinity }
    this.#windows.push(window)
    return () => {
      window.to = Date.now() + AFTERMATH_MS
    }
  }

  async during<Result>(trouble: Trouble, work: () => Promise<Result>): Promise<Result> {
    const end = this.begin(trouble)
    try {
      return await work()
    } finally {
      end()
    }
  }

  /** Whether it was there at a time, by default now. */
  isThere(trouble: Trouble, from = Date.now(), to = from): boolean {
    return this.#windows.some(
      (window) => window.trouble === trouble && window.from <= to && from <= window.to,
    )
  }

  excuses({ ending, from, to }: LoadReport): boolean {
    return Object.entries(allowed).some(
      ([trouble, endings]: [string, readonly Ending[]]) =>
        endings.includes(ending) && this.isThere(trouble as Trouble, from, to),
    )
  }
}
