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

export interface Download {
  readonly ms: number
  readonly bytes: number
}

/** How the page of a `?first=` URL came up; milliseconds from the start of the navigation. */
export interface Opened {
  readonly readyMs: number
  readonly answerMs: number
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
  download(
    url: string,
    how: 'array-buffer' | 'reader',
    headers: Record<string, string>,
  ): Promise<Download>
  /** Milliseconds until the answer to a Blob of that size is there. */
  upload(url: string, bytes: number, headers: Record<string, string>): Promise<number>
  /** The request that the page's own URL asks for. */
  readonly opened: Promise<Opened> | undefined
  /** The static route that a request took, such as `network`; empty when none matched. */
  routeOf(url: string): Promise<string>
}

declare global {
  // eslint-disable-next-line no-var -- only `var` declares a property of the global object
  var bench: BenchPage
}

export function install(cover: Cover): void {
  const query = new URLSearchParams(location.search)
  const first = query.get('first')
  const opened = first === null ? undefined : open(cover, first, query.get('when') === 'at-once')
  globalThis.bench = { ...cover, sequential, parallel, download, upload, opened, routeOf }
}

async function open(cover: Cover, url: string, atOnce: boolean): Promise<Opened> {
  const ready = cover.ready().then(() => performance.now())
  if (!atOnce) await ready
  const response = await fetch(url)
  await response.text()
  const answerMs = performance.now()
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return { readyMs: await ready, answerMs }
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

async function download(
  url: string,
  how: 'array-buffer' | 'reader',
  headers: Record<string, string>,
): Promise<Download> {
  const start = performance.now()
  const response = await fetch(url, { headers })
  let bytes = 0
  if (how === 'array-buffer') bytes = (await response.arrayBuffer()).byteLength
  else {
    const reader = response.body?.getReader()
    for (;;) {
      const part = await reader?.read()
      if (part?.value === undefined) break
      bytes += part.value.byteLength
    }
  }
  return { ms: performance.now() - start, bytes }
}

async function upload(
  url: string,
  bytes: number,
  headers: Record<string, string>,
): Promise<number> {
  const body = new Blob([new Uint8Array(bytes)])
  const start = performance.now()
  const response = await fetch(url, { method: 'POST', body, headers })
  const { length } = (await response.json()) as { readonly length?: number }
  if (length !== bytes) throw new Error(`${url} got ${length} bytes of ${bytes}`)
  return performance.now() - start
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
