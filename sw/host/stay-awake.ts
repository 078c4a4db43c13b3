/** Milliseconds between pings. Browsers end a worker 30 s after its last event. */
const PING_MS = 15_000

/**
 * Keeps the worker alive while a page is open, for tokens in its memory. The worker asks, because timers of a page in the
 * background run once a minute at best; a page answers with a message at once, which is the event that counts.
 */
export class StayAwake {
  readonly #ask: () => Promise<unknown>
  readonly #needed: () => Promise<boolean>
  readonly #pingMs: number
  #round: Promise<void> | undefined
  #endRound: () => void = () => undefined
  #mayRest: () => boolean = () => false

  constructor(ask: () => Promise<unknown>, needed: () => Promise<boolean>, pingMs = PING_MS) {
    this.#ask = ask
    this.#needed = needed
    this.#pingMs = pingMs
  }

  /** Call at every event of the worker, inside its `waitUntil`. */
  extend(): Promise<void> {
    this.#round ??= this.#wait().finally(() => {
      this.#round = undefined
    })
    return this.#round
  }

  /** Not needed from now on, as long as that is so: another worker has what was to be kept, and waits for this one to be idle. */
  restWhile(mayRest: () => boolean): void {
    this.#mayRest = mayRest
    this.#endRound()
  }

  async #wait(): Promise<void> {
    if (!(await this.#needed()) || this.#mayRest()) return
    await new Promise<void>((resolve) => {
      this.#endRound = resolve
      setTimeout(resolve, this.#pingMs)
    })
    if (this.#mayRest()) return
    await this.#ask()
  }
}
