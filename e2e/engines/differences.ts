import type { EngineName } from './session.ts'

interface Difference {
  readonly engines: readonly EngineName[]
  /** Why they cannot, and what follows: a line of docs/engines.md. */
  readonly why: string
}

/**
 * What an engine cannot and others can. Specs ask {@link differs} and nothing else about their engine, so that each of these is a
 * condition of a test, which fails when the engine can; docs/engines.md lists them.
 */
export const differences = {
  'frame-storage-apart': {
    engines: ['webkit'],
    why: 'Storage of a frame is kept apart by the origin of the top level. Each app of a site has a session of its own and signs in for it, with one password for all.',
  },
  'asks-before-sign-out': {
    engines: ['webkit'],
    why: 'For the same reason the top-level vault does not have the ID Token of the frame’s session, so the server asks the user before it signs out.',
  },
  'frame-storage-forgotten': {
    engines: ['webkit'],
    why: 'What a frame of another origin stored is gone after a restart of the browser: the user signs in again.',
  },
  'no-transferable-streams': {
    engines: ['webkit'],
    why: 'A `ReadableStream` cannot be posted. The vault passes bodies on in parts, in every engine.',
  },
  'idle-worker-cuts-streams': {
    engines: ['firefox'],
    why: 'A worker is ended 30 s after its last event, and the response that it is passing on with it. So while a response goes on, the worker asks the pages for a sign of life, which their client gives. Where no page holds a client (only a shared worker is there), a stream ends then, and an EventSource gives up (`readyState` is `CLOSED`).',
  },
  'workers-apart': {
    engines: ['firefox'],
    why: 'Two versions of a worker do not reach each other there, so that the one cannot hand on to the next what it has in memory (`session-lost`).',
  },
  'last-event-id-lost': {
    engines: ['chromium'],
    why: 'The header is lost where a worker answers an EventSource, so the server begins anew. Let events say by themselves what they follow.',
  },
  'media-past-workers': {
    engines: ['firefox'],
    why: 'Sound and video without the attribute `crossorigin` are loaded past every worker, so without a token. Write `<video crossorigin>`.',
  },
  'pixels-withheld': {
    engines: ['firefox'],
    why: 'What a canvas was drawn with is as foreign as without a worker. For pixels, write `<img crossorigin>`.',
  },
  'download-attribute-past-workers': {
    engines: ['chromium', 'webkit'],
    why: 'A link with the attribute `download` is loaded past every worker, and finds nothing. Leave the attribute out: the answer is a file by itself.',
  },
  'no-background-sync': {
    engines: ['firefox', 'webkit'],
    why: 'There are no `sync` events, so nothing wakes the worker. What waits is sent by the next page that opens or that the user comes back to.',
  },
  'keepalive-past-workers': {
    engines: ['firefox'],
    why: 'A `fetch` with `keepalive` is sent past every worker, so without a token, and is not queued. Leave `keepalive` out, or use `navigator.sendBeacon`.',
  },
  'no-cookie-prefixes': {
    engines: ['webkit'],
    why: 'WebKitGTK’s network library lets a sibling set cookies named `__Host-…`: a forged hand-over arrives, and is refused for its content.',
  },
} as const satisfies Readonly<Record<string, Difference>>

export type DifferenceName = keyof typeof differences

export function differs(engine: EngineName, name: DifferenceName): boolean {
  return (differences[name].engines as readonly EngineName[]).includes(engine)
}
