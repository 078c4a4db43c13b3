/** What the page of a mode does in its own way. */
export interface Cover {
  /** Waits until the page's requests go the way that is measured. */
  ready(): Promise<string>
  login(): Promise<void>
}

export interface Burst {
  /** Milliseconds from the first request to the last body. */
  readonly ms: number
  /** How many answers had status 200. */
  readonly succeeded: number
}

/** What the measuring process calls in a page. */
export interface BenchPage extends Cover {
  /** One request after the other; milliseconds of each, from the call to the end of the body. */
  sequential(url: string, count: number, headers: Record<string, string>): Promise<number[]>
  /** All at once, at a time of the system's clock. */
  parallel(
    url: string,
    count: number,
    headers: Record<string, string>,
    startAt?: number,
  ): Promise<Burst>
  /** The static route that a request took, such as `network`; empty when none matched. */
  routeOf(url: string): Promise<string>
}

declare global {
  // eslint-disable-next-line no-var -- only `var` declares a property of the global object
  var bench: BenchPage
}

export function install(cover: Cover): void {
  globalThis.bench = { ...cover, sequential, parallel, routeOf }
}

async function sequential(
  url: string,
  count: number,
  headers: Record<string, string>,
): Promise<number[]> {
  const samples: number[] = []
  for (let index = 0; index < count; index += 1) {
    const start = performance.now()
    const response = await fetch(url, { headers })
    await response.text()
    samples.push(performance.now() - start)
    if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  }
  return samples
}

async function parallel(
  url: string,
  count: number,
  headers: Record<string, string>,
  startAt = 0,
): Promise<Burst> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, startAt - Date.now())))
  const start = performance.now()
  const answers = await Promise.all(
    Array.from({ length: count }, async () => {
      const response = await fetch(url, { headers })
      await response.text()
      return response.ok
    }),
  )
  return { ms: performance.now() - start, succeeded: answers.filter(Boolean).length }
}

async function routeOf(url: string): Promise<string> {
  performance.clearResourceTimings()
  await (await fetch(url)).text()
  const found = new Promise<string>((resolve) => {
    new PerformanceObserver((list, observer) => {
      const entry = list.getEntriesByName(url).at(-1) as
        | (PerformanceEntry & { readonly workerMatchedSourceType?: string })
        | undefined
      if (entry === undefined) return
      observer.disconnect()
      resolve(entry.workerMatchedSourceType ?? '')
    }).observe({ type: 'resource', buffered: true })
  })
  return found
}
