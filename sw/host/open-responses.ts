/** The requests to APIs whose responses stream through this worker, so that they can be ended. */
export class OpenResponses {
  #all = new AbortController()
  #unanswered = 0

  /** `fetch`, for one of them. */
  async fetch(request: Request): Promise<Response> {
    this.#unanswered += 1
    // Browsers that are a few years old do not have it. Without it nothing is ended, as before.
    const { any } = AbortSignal as Partial<typeof AbortSignal>
    const signal = any?.call(AbortSignal, [request.signal, this.#all.signal]) ?? request.signal
    try {
      return await fetch(request, { signal })
    } finally {
      this.#unanswered -= 1
    }
  }

  /** Ends them, as when a connection breaks. Not while a request has no answer yet, which the API may have acted on. */
  end(): boolean {
    if (this.#unanswered > 0) return false
    this.#all.abort()
    this.#all = new AbortController()
    return true
  }
}
