import { BEGIN_WITHIN_MS, parseToWorker, type Call, type Head, type ToBridge } from './wire.ts'
import { PartStream, streamOf } from './part-stream.ts'

/** What is sent: a call without what each sending gives it anew. */
export type Message = Omit<Call, 'type' | 'id' | 'beginUntil'>

export interface Answer {
  /** Of type `error` when the call failed as a fetch fails. */
  readonly response: Response
  /** Where the API's redirects led, if there were any. */
  readonly finalUrl?: string
}

/** `not-begun`: surely not sent to the API. `lost`: perhaps sent, but the bridge went away before the answer. */
export type Outcome = Answer | 'not-begun' | 'lost'

/** Milliseconds on top of {@link BEGIN_WITHIN_MS} for the bridge's word that it began. */
const WORD_MS = 500
/** Milliseconds of silence after which the bridge is asked whether it is there, and after which it is given up. */
const ASK_AFTER_MS = 2000
const GIVE_UP_AFTER_MS = 8000

interface Pending {
  readonly sentAt: number
  /** How often the bridge had been heard when it was sent. A clock does not tell: an answer comes within its millisecond. */
  readonly heardBefore: number
  readonly settle: (outcome: Outcome | 'failed') => void
  readonly requestUrl: string
  /** How far the bridge said that it is. */
  stage: 'sent' | 'taken' | 'begun'
  /** The body, once the response has begun. */
  parts?: PartStream
  isEventStream?: boolean
}

/** Calls under way up to which this worker passes a body on at once. */
const FEW_CALLS = 3
/** Fetch, null body status: a response with one must be made without a body. */
const NULL_BODY_STATUS = [101, 103, 204, 205, 304]

let lastId = 0

/** One port to the bridge of one page, and the calls that wait for an answer on it. */
export class Connection {
  /** The page whose frame the bridge is. */
  readonly clientId: string
  readonly #port: MessagePort
  readonly #calls = new Map<number, Pending>()
  readonly #now: () => number
  #bridge: string | undefined
  #heardAt: number
  #heard = 0
  #askedAt = -Infinity
  #isOpen = true

  /** @param now milliseconds of a clock that nobody sets: a device's clock that moves makes no bridge look dead */
  constructor(clientId: string, port: MessagePort, now: () => number = () => performance.now()) {
    this.clientId = clientId
    this.#port = port
    this.#now = now
    this.#heardAt = now()
    port.onmessage = ({ data }: MessageEvent<unknown>) => this.#hear(data)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get isBusy(): boolean {
    return this.#calls.size > 0
  }

  get heardAt(): number {
    return this.#heardAt
  }

  /** Which life of the bridge is at the other end; unknown until it said so. */
  get bridge(): string | undefined {
    return this.#bridge
  }

  /** Called when {@link bridge} becomes known. */
  onHello: (() => void) | undefined

  /** Sends a call. Never rejects. */
  send(message: Message, signal: AbortSignal): Promise<Outcome> {
    // Its page may have closed since it was chosen; nobody would look after the call.
    if (!this.#isOpen) return Promise.resolve('not-begun')
    lastId += 1
    const id = lastId
    const answered = new Promise<Outcome>((resolve) => {
      this.#calls.set(id, {
        sentAt: this.#now(),
        heardBefore: this.#heard,
        requestUrl: message.url,
        stage: 'sent',
        settle: (outcome) =>
          resolve(outcome === 'failed' ? { response: Response.error() } : outcome),
      })
    })
    signal.addEventListener('abort', () => this.#abandon(id), { once: true })
    this.#post({ ...message, type: 'call', id, beginUntil: Date.now() + BEGIN_WITHIN_MS })
    return answered
  }

  /** Looks whether the bridge is still there. To be called every now and then while {@link isBusy}. */
  check(): void {
    const now = this.#now()
    for (const [id, call] of this.#calls) {
      if (call.stage !== 'sent' || now < call.sentAt + BEGIN_WITHIN_MS + WORD_MS) continue
      // A bridge that was heard since is there, but this call was not: it will not begin it any more.
      if (this.#heard > call.heardBefore) this.#settle(id, 'not-begun')
      else return this.end()
    }
    const silentMs = now - this.#heardAt
    if (silentMs > GIVE_UP_AFTER_MS) this.end()
    else if (silentMs > ASK_AFTER_MS && now - this.#askedAt > ASK_AFTER_MS) {
      this.#askedAt = now
      this.#post({ type: 'ping' })
    }
  }

  /** Asks for a sign of life now. Resolves to false when none comes in time. */
  async isAlive(withinMs: number): Promise<boolean> {
    const askedAt = this.#now()
    const heardBefore = this.#heard
    this.#post({ type: 'ping' })
    while (this.#isOpen && this.#heard === heardBefore && this.#now() - askedAt < withinMs) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return this.#isOpen && this.#heard > heardBefore
  }

  /**
   * The bridge is gone: everything that waits for it learns so.
   * @param pageClosed surely: a bridge that is only silent may still begin what it has taken
   */
  end(pageClosed = false): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#port.onmessage = null
    this.#port.close()
    for (const [id, { stage }] of this.#calls) {
      const wasPerhapsSent = stage === 'begun' || (stage === 'taken' && !pageClosed)
      this.#settle(id, wasPerhapsSent ? 'lost' : 'not-begun')
    }
  }

  /**
   * Ends the bodies that are still arriving. An event source connects anew after an end, and in Chromium not after a failure
   * behind a worker; everything else breaks off, for half a download must not look like a whole one.
   */
  endBodies(): void {
    for (const [id, { parts, isEventStream }] of this.#calls) {
      if (parts && isEventStream) {
        parts.end()
        this.#calls.delete(id)
        this.#post({ type: 'cancel', id })
      } else if (parts) this.#abandon(id)
    }
  }

  #hear(data: unknown): void {
    const message = parseToWorker(data)
    if (message === undefined) return
    this.#heardAt = this.#now()
    this.#heard += 1
    if (message.type === 'pong') return
    if (message.type === 'ping') return this.#post({ type: 'pong' })
    if (message.type === 'hello') {
      this.#bridge = message.bridge
      this.onHello?.()
      return
    }
    const call = this.#calls.get(message.id)
    if (call === undefined) {
      // An answer that nobody waits for any more: its body must not be pumped on.
      if (message.type === 'head' || message.type === 'part') {
        this.#post({ type: 'cancel', id: message.id })
      }
      return
    }
    switch (message.type) {
      case 'taken':
      case 'begun':
        call.stage = message.type
        break
      case 'late':
        this.#settle(message.id, 'not-begun')
        break
      case 'failed':
        this.#settle(message.id, 'failed')
        break
      case 'head':
        try {
          this.#begin(message, call)
        } catch {
          // A server may say what no response can be made of, such as the status 999.
          this.#abandon(message.id)
        }
        break
      case 'part':
        call.parts?.add(message.bytes)
        break
      case 'end':
        call.parts?.end()
        this.#calls.delete(message.id)
        break
    }
  }

  #begin(head: Head, call: Pending): void {
    call.stage = 'begun'
    if (head.body !== 'parts') {
      call.settle(answerOf(head, this.#whole(head.body), call.requestUrl))
      this.#calls.delete(head.id)
      return
    }
    const { id } = head
    call.isEventStream = head.headers.some(
      ([name, value]) => name === 'content-type' && value.startsWith('text/event-stream'),
    )
    const parts = new PartStream({
      credit: (bytes) => this.#post({ type: 'credit', id, bytes }),
      cancel: () => this.#abandon(id),
    })
    call.settle(answerOf(head, parts.stream, call.requestUrl))
    call.parts = parts
  }

  /**
   * A body that came as a whole. A stream is passed on fastest (measured: 0.9 of the time of a small answer) and needs this worker
   * for it; while there is much to do that takes a while, so then it is a Blob, which outlives a worker that is ended meanwhile.
   */
  #whole(body: ArrayBuffer | 'none'): BodyInit | null {
    if (body === 'none') return null
    return this.#calls.size > FEW_CALLS ? new Blob([body]) : streamOf(body)
  }

  /** Ends one call on this side. */
  #settle(id: number, outcome: Outcome | 'failed'): void {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    if (call?.parts) call.parts.fail()
    else call?.settle(outcome)
  }

  /** Nobody wants the answer any more. */
  #abandon(id: number): void {
    if (!this.#calls.has(id)) return
    this.#post({ type: 'cancel', id })
    this.#settle(id, 'failed')
  }

  #post(message: ToBridge): void {
    // A body is cloned, not transferred: a call that was not begun is sent again. Blobs are passed by reference.
    if (this.#isOpen) this.#port.postMessage(message)
  }
}

function answerOf(head: Head, body: BodyInit | null, requestUrl: string): Answer {
  // With `redirect: 'manual'` the browser makes of any redirect what the page may know of one.
  if (head.opaqueRedirect) {
    return { response: new Response(null, { status: 302, headers: { location: requestUrl } }) }
  }
  const { status, statusText, headers, redirected, url } = head
  const content = NULL_BODY_STATUS.includes(status) ? null : body
  const init = { status, statusText, headers: headers.map(([...pair]) => pair) }
  return { response: new Response(content, init), ...(redirected ? { finalUrl: url } : {}) }
}
