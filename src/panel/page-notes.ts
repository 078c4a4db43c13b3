import type { AuthClient } from '../client/auth-client.ts'
import type { AuthErrorCode } from '../contract/errors.ts'
import type { Session } from '../contract/session.ts'

/** What a page is told, as the panel keeps it. */
export type PageNote = { readonly at: number } & (
  | { readonly what: 'session'; readonly status: Session['status']; readonly code?: AuthErrorCode }
  | {
      readonly what: 'error'
      readonly code: AuthErrorCode
      readonly phase: string
      readonly correlationId: string
    }
  | { readonly what: 'stepup' }
  | { readonly what: 'update'; readonly reason: string }
)

const MOST_NOTES = 200
const MOST_WARNINGS = 20

/** What one client of the page told since the panel was added, also while it was closed. */
export class PageNotes {
  /** Oldest first. */
  readonly notes: PageNote[] = []
  /** The words of errors, by their correlation id: the guardian's timeline has the codes only. */
  readonly words = new Map<string, string>()
  /** What the guardian found wrong with the deployment, each once. */
  readonly warnings = new Set<string>()
  readonly #ends: readonly (() => void)[]
  #isUpdateWaiting = false

  /** @param changed called after each note */
  constructor(client: AuthClient, changed: () => void) {
    const note = (entry: PageNote): void => {
      this.notes.push(entry)
      if (this.notes.length > MOST_NOTES) this.notes.shift()
      changed()
    }
    this.#ends = [
      client.on('session', (session) => {
        const code = 'code' in session ? { code: session.code } : {}
        note({ what: 'session', at: Date.now(), status: session.status, ...code })
      }),
      client.on('error', ({ code, phase, correlationId, message }) => {
        this.words.set(correlationId, message)
        if (code === 'deployment-unsafe' && this.warnings.size < MOST_WARNINGS) {
          this.warnings.add(message)
        }
        const [oldest] = this.words.keys()
        if (this.words.size > MOST_NOTES && oldest !== undefined) this.words.delete(oldest)
        note({ what: 'error', at: Date.now(), code, phase, correlationId })
      }),
      client.on('stepup', () => note({ what: 'stepup', at: Date.now() })),
      client.on('update', ({ reason }) => {
        if (reason === 'waiting') this.#isUpdateWaiting = true
        note({ what: 'update', at: Date.now(), reason })
      }),
    ]
  }

  /** A new version of the worker waits, and in Chromium for longer where a page speaks to the old one. */
  get isUpdateWaiting(): boolean {
    return this.#isUpdateWaiting
  }

  end(): void {
    for (const end of this.#ends) end()
  }
}
