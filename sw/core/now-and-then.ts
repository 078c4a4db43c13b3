/** Many requests fail for one reason: lets it be said once in a while. */
export class NowAndThen {
  readonly #saidAt = new Map<string, number>()
  readonly #pauseSeconds: number
  readonly #now: () => number

  /** @param pauseSeconds in which the same is not said again */
  constructor(pauseSeconds: number, now: () => number) {
    this.#pauseSeconds = pauseSeconds
    this.#now = now
  }

  isDue(what: string): boolean {
    const now = this.#now()
    // Servers have a say in what there is to say, so nothing is kept for long.
    for (const [known, at] of this.#saidAt) {
      if (Math.abs(now - at) > this.#pauseSeconds) this.#saidAt.delete(known)
    }
    if (this.#saidAt.has(what)) return false
    this.#saidAt.set(what, now)
    return true
  }
}
