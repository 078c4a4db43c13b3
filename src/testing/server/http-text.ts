import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

/**
 * Reads a request's body.
 *
 * @throws Error when it is longer than `limitBytes`.
 */
export async function readText(message: IncomingMessage, limitBytes: number): Promise<string> {
  return (await readBytes(message, limitBytes)).toString('utf8')
}

export async function readBytes(message: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of message as AsyncIterable<Buffer>) {
    length += part.length
    if (length > limitBytes) throw new Error(`The body is longer than ${limitBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    })
    .end(JSON.stringify(body))
}
