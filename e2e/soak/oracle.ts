import { sentAfterSuccessor } from '../fixtures/kill-rounds.ts'
import type { Ending } from '../fixtures/mixed-calls.ts'
import type { LoadReport } from '../fixtures/pages/load.ts'
import type { IssuedSecrets } from '../servers/issued-secrets.ts'
import type { JournalEntry, JournalReport } from '../servers/journal.ts'
import type { Troubles } from './troubles.ts'

export interface Counts {
  readonly calls: Readonly<Record<Ending, number>>
  readonly sessionsLost: number
  readonly withoutToken: number
}

/** What must hold at all times, whatever happens. */
export class Oracle {
  /** What did not hold, oldest first. */
  readonly violations: string[] = []
  readonly #troubles: Troubles
  readonly #calls = { answered: 0, lost: 0, hung: 0, broken: 0, wrong: 0 }
  readonly #seen = new WeakSet<Readonly<JournalEntry>>()
  #lately: readonly string[] = []
  #sessionsLost = 0
  #withoutToken = 0

  constructor(troubles: Troubles) {
    this.#troubles = troubles
  }

  get counts(): Counts {
    return {
      calls: this.#calls,
      sessionsLost: this.#sessionsLost,
      withoutToken: this.#withoutToken,
    }
  }

  /** Nothing hangs, and what fails had a reason. */
  judgeCall(report: LoadReport): void {
    const { kind, ending, from, detail = '' } = report
    this.#calls[ending] += 1
    if (ending === 'answered' || this.#troubles.excuses(report)) return
    this.violate(`${kind} of ${timeOf(from)} ${ending} without a reason: ${detail}`)
  }

  /** A session ends only when the server refused it or the user ended it. */
  judgeSession(status: string): void {
    if (status === 'signed-in' || this.#troubles.isThere('signed out')) return
    this.#sessionsLost += 1
    this.violate(`a page was told that it is ${status}`)
  }

  /** While somebody is signed in, no request goes without a token. Nothing is called otherwise. */
  judgeRequests({ log }: JournalReport): void {
    for (const entry of log) {
      if (this.#seen.has(entry) || entry.method === 'OPTIONS') continue
      this.#seen.add(entry)
      if (entry.authorization !== 'none' || !entry.path.startsWith('/v1/')) continue
      this.#withoutToken += 1
      this.violate(`${entry.method} ${entry.path} reached the API without a token`)
    }
  }

  /**
   * No refresh token is sent twice after its successor was stored, and so the server refuses none.
   * @param revoked how many sessions the server ended itself
   */
  judgeRefreshes(
    { usedRefreshTokens, refusedRefreshTokens }: IssuedSecrets,
    revoked: number,
  ): void {
    const repeated = sentAfterSuccessor(usedRefreshTokens)
    if (repeated > 0) this.violate(`${repeated} refresh tokens were sent after their successor`)
    const refused = refusedRefreshTokens.length
    if (refused > revoked) this.violate(`${refused} refresh tokens were refused, not ${revoked}`)
  }

  /** Says what begins to happen, for whoever reads the violations. */
  note(round: string): void {
    this.#lately = [...this.#lately.slice(-1), `${timeOf(Date.now())} ${round}`]
  }

  violate(what: string): void {
    this.violations.push(`${timeOf(Date.now())} ${what} [${this.#lately.join(', ')}]`)
  }
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(11, 23)
}
