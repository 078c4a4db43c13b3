/** Seconds in which the same is not said again. */
const PAUSE_SECONDS = 1

/** Many requests fail for one reason: lets it be said once in a while. */
export class NowAndThen {
  readonly #saidAt = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  isDue(what: string): boolean {
    const now = this.#now()
    // Servers have a say in what there is to say, so nothing is kept for long.
    for (const [known, at] of this.#saidAt) {
      if (Math.abs(now - at) > PAUSE_SECONDS) this.#saidAt.delete(known)
    }
    if (this.#saidAt.has(what)) return false
    this.#saidAt.set(what, now)
    return true
  }
}
