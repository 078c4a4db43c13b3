import type { Rule } from '../contract/timeline.ts'

/** A request of this page to the origin of an API, which no rule covers: it went out as every other, without a token. */
export interface OutsideRequest {
  readonly what: 'outside'
  /** Milliseconds since 1970, when it ended. */
  readonly at: number
  readonly origin: string
}

interface SeenRequest {
  readonly url: URL
  readonly at: number
}

/** More than the browser keeps by itself. */
const MOST_REQUESTS = 300
/** Requests of script; of others nobody expects a token. */
const BY_SCRIPT = ['fetch', 'xmlhttprequest', 'other']

/**
 * Requests that script of this page made, as the browser lists them (Resource Timing). Those that no rule covers never reach a guardian,
 * so only the page can tell of them.
 */
export class PageRequests {
  readonly #seen: SeenRequest[] = []
  readonly #observer: PerformanceObserver

  /** @param changed called when there are more */
  constructor(changed: () => void) {
    this.#observer = new PerformanceObserver((list) => {
      const entries = list.getEntries() as PerformanceResourceTiming[]
      const byScript = entries.filter((entry) => BY_SCRIPT.includes(entry.initiatorType))
      if (byScript.length === 0) return
      for (const { name, startTime, duration } of byScript) {
        const at = performance.timeOrigin + startTime + duration
        if (URL.canParse(name)) this.#seen.push({ url: new URL(name), at })
      }
      this.#seen.splice(0, this.#seen.length - MOST_REQUESTS)
      changed()
    })
    this.#observer.observe({ type: 'resource', buffered: true })
  }

  /** Those outside of every rule, to an origin that some rule is about. */
  outside(rules: readonly Rule[]): OutsideRequest[] {
    const origins = new Set(rules.map((rule) => new URL(rule).origin))
    return this.#seen
      .filter(({ url }) => origins.has(url.origin))
      .filter(({ url }) => !rules.some((rule) => (url.origin + url.pathname).startsWith(rule)))
      .map(({ url, at }) => ({ what: 'outside', at, origin: url.origin }))
  }

  end(): void {
    this.#observer.disconnect()
  }
}
