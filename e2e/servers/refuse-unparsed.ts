import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** Node's own answer to what it cannot parse is a document without policy, which could host an attack. */
export function refuseUnparsed(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries({
      ...headers,
      'cache-control': 'no-store',
      'content-length': 0,
      connection: 'close',
    }).map(([name, value]) => `${name}: ${value}`),
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n`)
}
