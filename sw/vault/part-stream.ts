import { CREDIT_BYTES } from './wire.ts'

interface Sender {
  /** Asks for that many bytes more. */
  readonly credit: (bytes: number) => void
  readonly cancel: () => void
}

/** Bytes that were taken are told in steps of this size. */
const STEP_BYTES = CREDIT_BYTES / 4

/**
 * A response body that arrives in parts. A part waits here until the reader wants it, and only then the bridge is asked for more:
 * what nobody reads stays within the credit.
 */
export class PartStream {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly #sender: Sender
  readonly #waiting: Uint8Array<ArrayBuffer>[] = []
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined
  #isWanted = false
  #hasEnded = false
  #taken = 0

  constructor(sender: Sender) {
    this.#sender = sender
    this.stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => {
          this.#isWanted = true
          this.#passOn()
        },
        cancel: () => sender.cancel(),
      },
      { highWaterMark: 0 },
    )
  }

  add(bytes: ArrayBuffer): void {
    this.#waiting.push(new Uint8Array(bytes))
    this.#passOn()
  }

  end(): void {
    this.#hasEnded = true
    this.#passOn()
  }

  /** What the page sees when a connection breaks in the middle of a body. */
  fail(): void {
    this.#controller?.error(new TypeError('The response was interrupted'))
  }

  #passOn(): void {
    const part = this.#isWanted ? this.#waiting.shift() : undefined
    if (part) {
      this.#isWanted = false
      this.#controller?.enqueue(part)
      this.#taken += part.byteLength
      if (this.#taken >= STEP_BYTES && !this.#hasEnded) {
        this.#sender.credit(this.#taken)
        this.#taken = 0
      }
    }
    if (this.#hasEnded && this.#waiting.length === 0) this.#controller?.close()
  }
}

/** A body that came as a whole. */
export function streamOf(bytes: ArrayBuffer): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start: (controller) => {
      if (bytes.byteLength > 0) controller.enqueue(new Uint8Array(bytes))
      controller.close()
    },
  })
}
