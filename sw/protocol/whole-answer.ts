/** Bytes that an answer of an authorization server may have: far more than any honest one, far less than what hurts. */
const MOST_BYTES = 1024 * 1024

/**
 * The answer with its whole body read, so that a body that breaks off or stays away is the same to every caller as a request
 * that was not answered. Of a body that is too long the rest is not read, and what is left of it is no JSON.
 * @throws what reading the body throws
 */
export async function wholeAnswer(response: Response): Promise<Response> {
  // A redirect that was not followed has no body either, and cannot be copied.
  if (response.body === null) return response
  const reader = response.body.getReader()
  const parts: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return new Response(joined(parts, size), response)
    size += value.byteLength
    if (size > MOST_BYTES) {
      reader.cancel().catch(() => undefined)
      return new Response('too long', response)
    }
    parts.push(value)
  }
}

/** Not a Blob: browsers may write those to the disk, and tokens are in here. */
function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}
