/** Milliseconds between signs of life of a page. Firefox ends a worker 30 s after its last event, also one that answers. */
const ASK_MS = 8000

/**
 * Keeps the worker awake while it passes responses on: Firefox ends it otherwise, and them with it. Bodies do not go through this
 * script, so it is the browser's timing of a request that tells of its end, however it ended. WebKit tells nothing of one that was
 * aborted: there the questions go on for as long as a page is open, as they do for tokens in memory.
 */
export class AwakeForResponses {
  readonly #ask: () => Promise<unknown>
  readonly #askMs: number
  readonly #open = new Map<string, number>()
  #asking: ReturnType<typeof setInterval> | undefined

  /** @param ask makes the open pages send something, which is the event that counts */
  constructor(ask: () => Promise<unknown>, askMs = ASK_MS) {
    this.#ask = ask
    this.#askMs = askMs
    new PerformanceObserver((list) => {
      for (const { name } of list.getEntries()) this.#count(name, -1)
    }).observe({ type: 'resource' })
  }

  /** Until it has ended. To be called as soon as the response to a request has begun. */
  stay({ url }: Request, { body }: Response): void {
    if (body) this.#count(url, 1)
  }

  /** One of several to the same URL is as good as the other. */
  #count(url: string, more: 1 | -1): void {
    const [key = url] = url.split('#', 1)
    const count = (this.#open.get(key) ?? 0) + more
    if (count > 0) this.#open.set(key, count)
    else this.#open.delete(key)
    if (this.#open.size === 0) {
      clearInterval(this.#asking)
      this.#asking = undefined
    } else this.#asking ??= setInterval(() => void this.#ask(), this.#askMs)
  }
}
