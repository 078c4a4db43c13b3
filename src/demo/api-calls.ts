/** What a call brought: shown as JSON, and in words in the list. */
export interface CallResult {
  readonly status: number | 'failed'
  readonly json: unknown
  readonly words: string
}

export interface ApiCall {
  readonly label: string
  readonly method: string
  readonly url: string
  /** How many at the same time. Default 1. */
  readonly times?: number
  readonly run: (url: string, progress: (words: string) => void) => Promise<CallResult>
}

const api = __API_ORIGIN__

export const whoami: ApiCall = {
  label: 'Call API',
  method: 'GET',
  url: `${api}/v1/me`,
  run: async () => asJson(await fetch(__API_ORIGIN__ + '/v1/me')),
}

export const moreCalls: readonly ApiCall[] = [
  { label: 'XHR', method: 'GET', url: `${api}/v1/me`, run: byXhr },
  { label: 'EventSource', method: 'GET', url: `${api}/v1/events`, run: threeEvents },
  { label: 'Stream', method: 'GET', url: `${api}/v1/stream?chunks=5&gapMs=200`, run: byChunks },
  { label: 'Upload 5 MB', method: 'POST', url: `${api}/v1/echo-body`, run: upload },
  { label: 'Image', method: 'GET', url: `${api}/v1/image.png`, run: image },
  { label: '10 in parallel', method: 'GET', url: `${api}/v1/me`, times: 10, run: plainly },
  { label: 'Foreign origin', method: 'GET', url: foreign(), run: plainly },
]

/** The same server under another name: another origin, so it gets no token. */
function foreign(): string {
  const url = new URL('/v1/me', api)
  url.hostname = url.hostname === '127.0.0.1' ? 'localhost' : '127.0.0.1'
  return url.href
}

async function plainly(url: string): Promise<CallResult> {
  return asJson(await fetch(url))
}

async function asJson(response: Response): Promise<CallResult> {
  return fromText(response.status, await response.text())
}

function fromText(status: number, text: string): CallResult {
  let body: unknown = text
  try {
    body = JSON.parse(text)
  } catch {
    // Not JSON: shown as it is.
  }
  return { status, json: { status, body }, words: inWords(status) }
}

function inWords(status: number): string {
  if (status >= 200 && status < 300) return 'answered'
  if (status === 401) return 'refused: no valid token came with it'
  return status === 403 ? 'refused: not allowed' : 'answered with an error'
}

async function byXhr(url: string): Promise<CallResult> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('GET', url)
    request.addEventListener('load', () => resolve(fromText(request.status, request.responseText)))
    request.addEventListener('error', () => reject(new TypeError('The request failed')))
    request.send()
  })
}

async function threeEvents(url: string, progress: (words: string) => void): Promise<CallResult> {
  return new Promise((resolve, reject) => {
    const source = new EventSource(url)
    const events: string[] = []
    source.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      events.push(String(data))
      progress(`${events.length} events so far`)
      if (events.length < 3) return
      source.close()
      resolve({
        status: 200,
        json: { status: 200, body: { events } },
        words: '3 events, then closed',
      })
    })
    source.addEventListener('error', () => {
      source.close()
      reject(new TypeError('The event stream was refused or broke off'))
    })
  })
}

async function byChunks(url: string, progress: (words: string) => void): Promise<CallResult> {
  const response = await fetch(url)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const started = performance.now()
  let text = ''
  let chunks = 0
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    chunks += 1
    text += part.value
    progress(`${chunks} chunks after ${Math.round(performance.now() - started)} ms`)
  }
  const words = response.ok ? `${chunks} chunks, one after the other` : inWords(response.status)
  const body = { chunks, characters: text.length }
  return { status: response.status, json: { status: response.status, body }, words }
}

async function upload(url: string): Promise<CallResult> {
  const body = new Blob([new Uint8Array(5 * 1024 * 1024)])
  return asJson(await fetch(url, { method: 'POST', body }))
}

async function image(url: string): Promise<CallResult> {
  const response = await fetch(url)
  if (!response.ok) return asJson(response)
  const { width, height } = await createImageBitmap(await response.blob())
  const body = { width, height, type: response.headers.get('content-type') }
  return {
    status: response.status,
    json: { status: response.status, body },
    words: `a picture of ${width} × ${height}`,
  }
}
