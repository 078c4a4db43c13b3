import type { ParsedConfig } from '../../src/contract/config.ts'
import type { DownloadLinkRequest } from '../core/answer-request.ts'
import {
  attachment,
  LIFETIME_MS,
  pathOfLinks,
  readDownloadEntry,
  type DownloadEntry,
} from '../core/download-entry.ts'
import { resourceFor } from '../core/match-resource.ts'
import { failure } from '../protocol/failure.ts'
import { tellError } from './messages.ts'

const CACHE = 'token-guardian-downloads'
/** Links that wait at most: script may ask for any number, and each new one looks at all. */
const MOST_LINKS = 64
/** Milliseconds until an API has begun to answer. A tab that waits for a download shows nothing else. */
const PATIENCE_MS = 60_000

/** Whatever it is, it is a file: never a document of this origin, which an API's HTML would be. */
const HEADERS = {
  'content-security-policy': "sandbox; default-src 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

interface Fetching {
  readonly request: Request
  readonly event: FetchEvent
  /** That asked for the link. */
  readonly page: string
}

/**
 * Links of this origin from which an API's answer can be downloaded, once and for a minute. Who knows one can make this browser
 * download, so nobody can guess one; after its use it is worth nothing. They wait in a cache, for the worker may be ended between
 * the question and the click.
 */
export class Downloads {
  readonly #self: ServiceWorkerGlobalScope
  readonly #config: Pick<ParsedConfig, 'resources' | 'downloadPath'>
  readonly #fetch: (fetching: Fetching) => Promise<Response>
  #clearing: Promise<void> | undefined

  /** @param fetch with a token. Never rejects */
  constructor(
    self: ServiceWorkerGlobalScope,
    config: Pick<ParsedConfig, 'resources' | 'downloadPath'>,
    fetch: (fetching: Fetching) => Promise<Response>,
  ) {
    this.#self = self
    this.#config = config
    this.#fetch = fetch
  }

  get isUsed(): boolean {
    return pathOfLinks(this.#config).length > 0
  }

  /** @throws AuthError `download-not-allowed`, `storage-unavailable` */
  async link(
    { url, filename }: Omit<DownloadLinkRequest, 'type'>,
    page: string,
  ): Promise<{ readonly url: string }> {
    if (!this.#isAllowed(url)) {
      throw failure('download-not-allowed', 'api', {
        message: `The URL lies in no resource that has 'download' in its destinations`,
      })
    }
    try {
      const cache = await this.#self.caches.open(CACHE)
      // Of many that are asked for at once only one clears up.
      this.#clearing ??= makeRoom(cache).finally(() => {
        this.#clearing = undefined
      })
      await this.#clearing
      const until = Date.now() + LIFETIME_MS
      const path = this.#config.downloadPath + crypto.randomUUID()
      const entry: DownloadEntry = { url, page, until, ...(filename !== undefined && { filename }) }
      await cache.put(path, new Response(JSON.stringify(entry)))
      return { url: this.#self.location.origin + path }
    } catch {
      throw failure('storage-unavailable', 'api', {
        message: 'A link for a download could not be kept; check quota and site data settings',
      })
    }
  }

  isLink({ url, mode }: Request): boolean {
    const { origin, pathname } = new URL(url)
    if (mode !== 'navigate' || origin !== this.#self.location.origin) return false
    return pathname.startsWith(this.#config.downloadPath)
  }

  /** The file, or a page that says why there is none. Never rejects. */
  async answer(event: FetchEvent): Promise<Response> {
    const { request, clientId } = event
    // What else navigates may show what it gets whatever its headers say.
    const isPlain = request.method === 'GET' && /^(document|iframe)$/.test(request.destination)
    const entry = isPlain ? await this.#take(new URL(request.url).pathname) : undefined
    // Not every engine says which page navigates, and none says so of a new tab.
    if (entry === undefined || (clientId !== '' && entry.page !== '' && entry.page !== clientId)) {
      // A link that is none may come from any site, which is not to make every page say so.
      const page = await this.#self.clients.get(clientId)
      return this.#refuse(page?.id, 'This link was used before, or is older than a minute.', 410)
    }
    const { page } = entry
    const response = await this.#start(entry, event)
    if (response === 'late') return this.#refuse(page, 'The server did not answer in time.', 504)
    const { ok, status, headers, body } = response
    if (!ok) {
      body?.cancel().catch(() => undefined)
      const what = status === 0 ? 'The server could not be reached' : `The server said ${status}`
      // Servers say what no answer from here may have, such as 999.
      return this.#refuse(page, `${what}.`, status < 400 || status > 599 ? 502 : status)
    }
    const length = headers.get('content-length')
    // An encoded body is decoded by now, and longer.
    const isAsSent = length !== null && !headers.has('content-encoding')
    return new Response(body, {
      headers: {
        ...HEADERS,
        'content-type': 'application/octet-stream',
        'content-disposition': attachment(entry, headers.get('content-disposition')),
        ...(isAsSent && { 'content-length': length }),
      },
    })
  }

  async #start({ url, page }: DownloadEntry, event: FetchEvent): Promise<Response | 'late'> {
    const waiting = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), PATIENCE_MS)
    })
    const request = new Request(url, { signal: waiting.signal })
    const first = await Promise.race([this.#fetch({ request, event, page }), late])
    clearTimeout(timer)
    if (first === 'late') waiting.abort()
    return first
  }

  async #take(path: string): Promise<DownloadEntry | undefined> {
    try {
      const cache = await this.#self.caches.open(CACHE)
      const entry = readDownloadEntry(await (await cache.match(path))?.text(), Date.now())
      // Of two that come at once only one removes it.
      if (!(await cache.delete(path)) || entry === undefined) return undefined
      return this.#isAllowed(entry.url) ? entry : undefined
    } catch {
      return undefined
    }
  }

  #isAllowed(url: string): boolean {
    if (!URL.canParse(url)) return false
    return resourceFor('download', { url, method: 'GET' }, this.#config.resources) !== undefined
  }

  /** @param page to be told; empty: all. Default: none */
  #refuse(page: string | undefined, why: string, status: number): Response {
    const error = failure('download-failed', 'api', { message: `${why} Download again`, status })
    if (page !== undefined) void tellError(this.#self.clients, error, page)
    return new Response(`The download failed. ${why}\nGo back and download again.\n`, {
      status,
      headers: { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' },
    })
  }
}

/** Takes what is a link's before any route of the app, such as a fallback for navigations. */
export function answerDownloads(self: ServiceWorkerGlobalScope, downloads: Downloads): void {
  if (!downloads.isUsed) return
  self.addEventListener('fetch', (event) => {
    if (!downloads.isLink(event.request)) return
    event.stopImmediatePropagation()
    event.respondWith(downloads.answer(event))
  })
}

/** Removes the oldest links, and those that nobody followed in time. */
async function makeRoom(cache: Cache): Promise<void> {
  const oldestFirst = await cache.keys()
  const surplus = Math.max(0, oldestFirst.length - MOST_LINKS + 1)
  await Promise.all(oldestFirst.slice(0, surplus).map((key) => cache.delete(key)))
  for (const key of oldestFirst.slice(surplus)) {
    const text = await (await cache.match(key))?.text()
    if (!readDownloadEntry(text, Date.now())) await cache.delete(key)
  }
}
