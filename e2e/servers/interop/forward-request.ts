import { request as send, type IncomingMessage, type ServerResponse } from 'node:http'

/** An answer as it came, before it is passed on. */
export interface ForwardedAnswer {
  readonly status: number
  /** Names and values by turns, with what comes more than once. */
  readonly rawHeaders: readonly string[]
  readonly location: string | undefined
  readonly body: Buffer
}

const ANSWER_MS = 30_000
/** Of the connection, not of what is sent over it (RFC 9110 section 7.6.1). */
const ofConnection = ['connection', 'keep-alive', 'transfer-encoding']

/**
 * Sends a request on to a port of 127.0.0.1, where the server behind it sees the `Host` that the browser used.
 * @throws the system's error when there is no answer within half a minute
 */
export function forwardRequest(
  { method, url, headers }: IncomingMessage,
  body: string,
  port: number,
): Promise<ForwardedAnswer> {
  return new Promise((resolve, reject) => {
    const own = Object.entries(headers).filter(([name]) => !ofConnection.includes(name))
    const forwarded = send(
      {
        host: '127.0.0.1',
        port,
        method,
        path: url,
        headers: { ...Object.fromEntries(own), 'content-length': Buffer.byteLength(body) },
        // The server behind it answers one connection after the other: none is kept.
        agent: false,
        signal: AbortSignal.timeout(ANSWER_MS),
      },
      (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.once('error', reject)
        answer.once('end', () =>
          resolve({
            status: answer.statusCode ?? 502,
            rawHeaders: answer.rawHeaders,
            location: answer.headers.location,
            body: Buffer.concat(parts),
          }),
        )
      },
    )
    forwarded.once('error', reject)
    forwarded.end(body)
  })
}

export function passOn(
  { status, rawHeaders, body }: ForwardedAnswer,
  response: ServerResponse,
): void {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2)
    if (!ofConnection.includes(name.toLowerCase())) response.appendHeader(name, value)
  }
  response.writeHead(status).end(body)
}
