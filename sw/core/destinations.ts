import type { Destination } from '../../src/contract/destinations.ts'

/** The parts of a request that tell what it is made for; a `Request` fits. */
export interface Purpose {
  readonly method: string
  readonly mode: string
  readonly destination: string
  readonly headers: Pick<Headers, 'get'>
}

/** Destinations of requests by elements (Fetch section 2.2.5). What is not here, such as fonts, never gets a token. */
const OF_ELEMENTS: ReadonlyMap<string, Destination> = new Map([
  ['image', 'image'],
  ['audio', 'media'],
  ['video', 'media'],
  ['track', 'media'],
  ['style', 'style'],
  ['script', 'script'],
])

/** Types of what may become part of the page (MIME Sniffing section 4.6, without what nobody sends any more). */
const TYPES: Partial<Record<Destination, RegExp>> = {
  style: /^text\/css$/i,
  script: /^(text|application)\/(x-)?(java|ecma)script$/i,
}

/**
 * What a request is made for, in the words of the configuration. `undefined`: something that never gets a token, such as a
 * document, a frame, a worker or a report.
 */
export function destinationOf({
  method,
  mode,
  destination,
  headers,
}: Purpose): Destination | undefined {
  const hasCorsRules = mode === 'cors' || mode === 'same-origin'
  if (!hasCorsRules && mode !== 'no-cors') return undefined
  if (destination !== '') return OF_ELEMENTS.get(destination)
  if (hasCorsRules) {
    const isForEvents = method === 'GET' && headers.get('accept') === 'text/event-stream'
    return isForEvents ? 'eventsource' : 'fetch'
  }
  // Not every engine tells a beacon from a fetch by `keepalive`. The ping of a link has headers that no API allows.
  const isBeacon = method === 'POST' && headers.get('content-type') !== 'text/ping'
  return isBeacon ? 'beacon' : undefined
}

/**
 * Whether an answer may become what it was asked for. Without types to rely on, script of the page could run an API's data as
 * script. An opaque answer is the browser's own business: it was got without a token.
 */
export function hasRightType(
  destination: Destination,
  { type, status, headers }: Response,
): boolean {
  const right = TYPES[destination]
  // After a redirect the browser asks again. Elsewhere a location is the API's to name, and says nothing.
  const isRedirect = status === 303 && headers.has('location')
  if (right === undefined || type === 'opaque' || isRedirect) return true
  const [essence = ''] = (headers.get('content-type') ?? '').split(';')
  return right.test(essence.trim())
}
