import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { Answer, Ask, NoAnswer, Question } from '../deployment.ts'

export interface HttpOptions {
  /** Milliseconds for one request, from the name's lookup to the end of the answer. Default 10000. */
  readonly timeoutMs?: number
  /** PEM of certificates that are trusted besides those of Node. */
  readonly ca?: string
}

/** Bytes of an answer that are read; metadata and start pages are smaller. */
const LONGEST_BODY = 512 * 1024
/** Connections to one host at a time. */
const MOST_SOCKETS = 4

/** Asks with Node's own client: it sends any header, follows no redirect, and has neither cookies nor a cache. */
export function httpAsk({ timeoutMs = 10_000, ca }: HttpOptions = {}): Ask {
  const agents = {
    'http:': new HttpAgent({ maxSockets: MOST_SOCKETS }),
    'https:': new HttpsAgent({ maxSockets: MOST_SOCKETS, ...(ca !== undefined && { ca }) }),
  }
  return (url, question = {}) =>
    new Promise<Answer | NoAnswer>((resolve) => {
      const { protocol } = new URL(url)
      if (protocol !== 'http:' && protocol !== 'https:') {
        return resolve({ failed: `${protocol} is not asked` })
      }
      const request = protocol === 'https:' ? requestHttps : requestHttp
      const signal = AbortSignal.timeout(timeoutMs)
      const fail = (error: unknown): void =>
        resolve({ failed: signal.aborted ? `none within ${timeoutMs / 1000} s` : reasonOf(error) })
      const sent = request(
        url,
        {
          method: question.method ?? 'GET',
          agent: agents[protocol],
          signal,
          headers: headersOf(question),
        },
        (response) => void readAnswer(response).then(resolve, fail),
      )
      sent.on('error', fail)
      sent.end(question.body)
    })
}

function headersOf({ headers, body }: Question): Record<string, string> {
  return {
    'user-agent': 'token-guardian-doctor',
    'accept-encoding': 'identity',
    ...headers,
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const { statusCode = 0, headers } = response
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part)
    length += part.length
    // The rest is not waited for: leaving the loop closes the connection.
    if (length > LONGEST_BODY) break
  }
  return {
    status: statusCode,
    headers: { get: (name) => [headers[name.toLowerCase()] ?? null].flat().join(', ') || null },
    text: Buffer.concat(parts).toString('utf8'),
  }
}

/** The system's code, for its message may hold more than a line. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed'
  return (error as NodeJS.ErrnoException).code ?? error.message
}
