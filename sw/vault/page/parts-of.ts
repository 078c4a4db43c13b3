/** Bytes of one part at most. Larger parts cost more than they save (measured in Chromium: 256 KiB to 1 MiB). */
const PART_BYTES = 512 * 1024

/**
 * A body in buffers of their own, which can be transferred. Each comes as soon as there is something: nothing is collected, for
 * that would hold back a slow stream.
 */
export async function* partsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ArrayBuffer> {
  const reader = byteReader(body)
  if (reader === undefined) {
    for await (const chunk of chunksOf(body)) yield chunk.slice().buffer as ArrayBuffer
    return
  }
  let buffer = new ArrayBuffer(PART_BYTES)
  try {
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(buffer))
      if (done) return
      if (value.byteLength === PART_BYTES) {
        yield value.buffer
        buffer = new ArrayBuffer(PART_BYTES)
      } else {
        yield value.slice().buffer
        buffer = value.buffer
      }
    }
  } finally {
    reader.cancel().catch(() => undefined)
  }
}

/** Some browsers do not read the bodies of responses into a given buffer. */
function byteReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: 'byob' })
  } catch {
    return undefined
  }
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    reader.cancel().catch(() => undefined)
  }
}
