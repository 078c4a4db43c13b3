import { CREDIT_BYTES } from './wire.ts'

interface Sender {
  /** Asks for that many bytes more. */
  readonly credit: (bytes: number) => void
  readonly cancel: () => void
}

/** Consumed bytes are told in steps of this size. */
const STEP_BYTES = CREDIT_BYTES / 4

/** A response body that arrives in parts, with back-pressure by credit: what is not read is not asked for. */
export class PartStream {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined
  #received = 0
  #told = 0

  constructor(sender: Sender) {
    // Larger than what can arrive unread, so that every read is noticed.
    const strategy = {
      highWaterMark: 2 * CREDIT_BYTES,
      size: (part: Uint8Array<ArrayBuffer> | undefined) => part?.byteLength ?? 0,
    }
    this.stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: ({ desiredSize }) => {
          const waiting = strategy.highWaterMark - (desiredSize ?? 0)
          const read = this.#received - waiting - this.#told
          if (read < STEP_BYTES) return
          this.#told += read
          sender.credit(read)
        },
        cancel: () => sender.cancel(),
      },
      strategy,
    )
  }

  add(bytes: ArrayBuffer): void {
    this.#received += bytes.byteLength
    this.#controller?.enqueue(new Uint8Array(bytes))
  }

  end(): void {
    this.#controller?.close()
  }

  /** What the page sees when a connection breaks in the middle of a body. */
  fail(): void {
    this.#controller?.error(new TypeError('The response was interrupted'))
  }
}
