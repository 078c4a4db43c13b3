import type { IncomingMessage } from 'node:http'

/** One request as a test may see it: never its query, its body or its token. */
export interface JournalEntry {
  readonly method: string
  readonly path: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly authorization: 'none' | 'bearer' | 'dpop' | 'other'
  readonly origin: string | null
  readonly referer: string | null
  readonly range: string | null
  /** The client went away before the end of the answer. */
  wasCut: boolean
  /** An authorization code arrived, plain or in a signed response, in the query or (set by the server that read it) in the body. */
  hadCode: boolean
}

/** The answer to `GET /control`. */
export interface JournalReport {
  /** Requests per `'<METHOD> <path>'`; preflights are under `'OPTIONS <path>'`. */
  readonly counts: Readonly<Record<string, number>>
  /** The newest 2000 requests, oldest first. */
  readonly log: readonly Readonly<JournalEntry>[]
}

const logLimit = 2000

/** Counts the requests of one server. */
export class Journal {
  #counts = new Map<string, number>()
  #log: JournalEntry[] = []

  record(request: IncomingMessage, path: string): JournalEntry {
    const method = request.method ?? ''
    const entry: JournalEntry = {
      method,
      path,
      at: Date.now(),
      authorization: schemeOf(request.headers.authorization),
      origin: request.headers.origin ?? null,
      referer: request.headers.referer ?? null,
      range: request.headers.range ?? null,
      wasCut: false,
      hadCode: /[?&](code|response)=/.test(request.url ?? ''),
    }
    const key = `${method} ${path}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    this.#log.push(entry)
    if (this.#log.length > logLimit) this.#log.shift()
    return entry
  }

  report(): JournalReport {
    return { counts: Object.fromEntries(this.#counts), log: [...this.#log] }
  }

  reset(): void {
    this.#counts.clear()
    this.#log = []
  }
}

function schemeOf(header: string | undefined): JournalEntry['authorization'] {
  if (header === undefined) return 'none'
  const scheme = header.split(' ', 1)[0]?.toLowerCase()
  return scheme === 'bearer' || scheme === 'dpop' ? scheme : 'other'
}
