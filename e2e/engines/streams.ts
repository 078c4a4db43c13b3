import type { Tab } from './session.ts'

/** A stream that is to be read. */
export interface StreamSource {
  /** Its key in {@link Window.streams}. */
  readonly name: string
  readonly url: string
  /** `worker`: by `fetch` in a dedicated worker of the page, which its Content-Security-Policy must allow. */
  readonly by: 'EventSource' | 'fetch' | 'worker'
}

/** How much later than planned a stream may end. */
const PATIENCE_MS = 30_000

/** What came of a stream so far. */
export interface StreamState {
  /** How often it was opened: an EventSource opens again by itself. */
  opened: number
  /** Events, of all openings, or chunks. */
  parts: number
  /** Ids of the events, oldest first. */
  readonly ids: number[]
  /** `done`, or the name of the error that ended it. Of an EventSource each time: `again`, or `closed` when it gives up. */
  readonly ends: string[]
}

declare global {
  interface Window {
    streams?: Record<string, StreamState>
  }
}

/** Milliseconds between the API's events, and between its chunks. */
const GAP_MS = 200
/** Of what an undisturbed stream brings: timers are late on a busy machine. */
const MOST = 0.7

/**
 * Events without end, and chunks that end by themselves after some milliseconds. Of URLs of their own: a browser's cache may let
 * one request wait for another of the same URL. No more than six at a time go to one host.
 */
export function streamsOfApi(apiOrigin: string, ms: number): readonly StreamSource[] {
  return [eventsOfApi(apiOrigin), chunksOfApi(apiOrigin, ms)]
}

function eventsOfApi(apiOrigin: string): StreamSource {
  const url = `${apiOrigin}/v1/events?id=${crypto.randomUUID()}`
  return { name: 'events', by: 'EventSource', url }
}

export function chunksOfApi(
  apiOrigin: string,
  ms: number,
  by: 'fetch' | 'worker' = 'fetch',
): StreamSource {
  const query = `chunks=${ms / GAP_MS}&gapMs=${GAP_MS}&id=${crypto.randomUUID()}`
  const name = by === 'worker' ? 'worker' : 'chunks'
  return { name, by, url: `${apiOrigin}/v1/stream?${query}` }
}

/** Begins to read; what comes is in {@link Window.streams}. */
export async function readStreams(tab: Tab, sources: readonly StreamSource[]): Promise<void> {
  await tab.evaluate(follow, sources, String(follow))
}

export async function streamsOf(tab: Tab): Promise<Record<string, StreamState>> {
  return tab.evaluate(() => window.streams ?? {})
}

/**
 * Waits for the end of the streams of {@link streamsOfApi} that a page reads.
 * @returns those that broke off, or that brought less than they should have
 */
export async function brokenStreams(tab: Tab, ms: number): Promise<Record<string, StreamState>> {
  // All but the EventSource, which has no end.
  await tab.waitFor(
    "Object.entries(window.streams).every(([name, { ends }]) => name === 'events' || ends.length > 0)",
    ms + PATIENCE_MS,
  )
  const parts = ms / GAP_MS
  const isWhole = ({ opened, ends, parts: came }: StreamState, name: string): boolean =>
    opened === 1 &&
    (name === 'events'
      ? ends.length === 0 && came > MOST * parts
      : ends[0] === 'done' && came === parts)
  return Object.fromEntries(
    Object.entries(await streamsOf(tab)).filter(([name, state]) => !isWhole(state, name)),
  )
}

/** Runs in a page or a worker, where it sees nothing but its arguments. */
function follow(sources: readonly StreamSource[], self: string): void {
  const states = (globalThis as { streams?: Record<string, StreamState> }).streams ?? {}
  Object.assign(globalThis, { streams: states })
  for (const { name, url, by } of sources) {
    const state: StreamState = { opened: 0, parts: 0, ids: [], ends: [] }
    states[name] = state
    if (by === 'EventSource') {
      const source = new EventSource(url)
      source.addEventListener('open', () => (state.opened += 1))
      source.addEventListener('error', () => {
        state.ends.push(source.readyState === source.CLOSED ? 'closed' : 'again')
      })
      source.addEventListener('message', ({ lastEventId }: MessageEvent<unknown>) => {
        state.parts += 1
        state.ids.push(Number(lastEventId))
      })
    } else if (by === 'fetch') {
      const read = async (): Promise<string> => {
        const response = await fetch(url)
        if (!response.ok) return `status ${response.status}`
        state.opened += 1
        const reader = response.body!.getReader()
        const decoder = new TextDecoder()
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
          // Several may come at once.
          state.parts += decoder.decode(read.value).split('\n').length - 1
        }
        return 'done'
      }
      void read().then(
        (end) => state.ends.push(end),
        (error: Error) => state.ends.push(error.name),
      )
    } else {
      const inside = JSON.stringify([{ name, url, by: 'fetch' }])
      const tell = 'setInterval(() => postMessage(streams), 100)'
      const script = new Blob([`(${self})(${inside}, ''); ${tell}`])
      const worker = new Worker(URL.createObjectURL(script))
      worker.addEventListener('message', ({ data }: MessageEvent<object>) => {
        Object.assign(states, data)
      })
    }
  }
}
