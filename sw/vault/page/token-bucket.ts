/** Lets through so many at once and so many a second. */
export class TokenBucket {
  readonly #most: number
  readonly #perSecond: number
  readonly #now: () => number
  #left: number
  #filledAt: number

  constructor(most: number, perSecond: number, now: () => number = () => performance.now()) {
    this.#most = most
    this.#perSecond = perSecond
    this.#now = now
    this.#left = most
    this.#filledAt = now()
  }

  take(): boolean {
    const now = this.#now()
    const refill = ((now - this.#filledAt) / 1000) * this.#perSecond
    this.#left = Math.min(this.#most, this.#left + refill)
    this.#filledAt = now
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
