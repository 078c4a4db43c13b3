import { parseToBridge, type Call, type ToWorker } from '../wire.ts'
import { ServedCall, type CallSurroundings } from './serve-call.ts'

/** Calls that one port may have under way; a page that floods its worker floods only its own frame. */
const MOST_CALLS = 4096
/** Messages that make no sense, after which a port is closed. */
const MOST_MALFORMED = 100
/** Milliseconds for the sign of life of a worker. One that is alive and busy must not be taken for one that was ended. */
const ALIVE_MS = 5000

/** The bridge's end of a port to one life of an app's worker. */
export class WorkerPort {
  readonly #port: MessagePort
  readonly #surroundings: CallSurroundings
  readonly #calls = new Map<number, ServedCall>()
  #left: 'for-now' | 'for-good' | undefined
  #malformed = 0
  #heard = 0
  #isOpen = true

  constructor(port: MessagePort, bridge: string, surroundings: Omit<CallSurroundings, 'post'>) {
    this.#port = port
    this.#surroundings = {
      ...surroundings,
      post: (message, transfer) => this.#post(message, transfer),
    }
    port.onmessage = ({ data }: MessageEvent<unknown>) => this.#hear(data)
    this.#post({ type: 'hello', bridge })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /**
   * Asks whether the worker is still there, and closes the port if it is not. Requests of a worker that was ended would keep the
   * browser's few connections to the API from those that its next life sends.
   */
  closeUnlessAlive(): void {
    const heardBefore = this.#heard
    this.#post({ type: 'ping' })
    setTimeout(() => {
      if (this.#heard === heardBefore) this.close()
    }, ALIVE_MS)
  }

  /**
   * The page is left. Requests that fail now do so because of that, which the worker must not take for a failure of theirs: it
   * notices that the page has gone. What a page in the back/forward cache has not begun it must not begin when it comes back
   * either, for by then the worker has sent it another way.
   */
  leave(how: 'for-now' | 'for-good'): void {
    this.#left = how
    if (how === 'for-now') for (const call of this.#calls.values()) call.giveBack()
  }

  /** The page came back from the back/forward cache. */
  comeBack(): void {
    this.#left = undefined
  }

  close(): void {
    this.#isOpen = false
    this.#port.onmessage = null
    this.#port.close()
    for (const call of this.#calls.values()) call.cancel()
    this.#calls.clear()
  }

  #hear(data: unknown): void {
    this.#heard += 1
    const message = parseToBridge(data)
    if (message === undefined) return this.#refuse(data)
    switch (message.type) {
      case 'call':
        return this.#serve(message)
      case 'credit':
        return this.#calls.get(message.id)?.addCredit(message.bytes)
      case 'cancel':
        return this.#calls.get(message.id)?.cancel()
      case 'ping':
        return this.#post({ type: 'pong' })
      case 'pong':
        return
    }
  }

  #serve(call: Call): void {
    const { id, beginUntil } = call
    if (Date.now() > beginUntil || this.#left === 'for-now') return this.#post({ type: 'late', id })
    if (this.#calls.size >= MOST_CALLS || this.#calls.has(id)) {
      return this.#post({ type: 'failed', id })
    }
    const served = new ServedCall(call, this.#surroundings)
    this.#calls.set(id, served)
    void served.run().finally(() => this.#calls.delete(id))
  }

  /** A malformed call still gets its answer, if it says which call it is. */
  #refuse(data: unknown): void {
    const id: unknown = typeof data === 'object' && data !== null && 'id' in data && data.id
    if (typeof id === 'number') this.#post({ type: 'failed', id })
    this.#malformed += 1
    if (this.#malformed > MOST_MALFORMED) this.close()
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (message.type === 'failed' && this.#left !== undefined) return
    this.#port.postMessage(message, transfer)
  }
}
