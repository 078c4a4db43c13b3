/** How many are remembered. */
const MOST = 100

/** Remembers names of what happened lately. */
export class Lately {
  readonly #names = new Set<string>()

  /** Whether it was not here lately; it is now. */
  isNew(name: string): boolean {
    if (this.#names.has(name)) return false
    this.#names.add(name)
    for (const oldest of this.#names) {
      if (this.#names.size <= MOST) break
      this.#names.delete(oldest)
    }
    return true
  }
}
