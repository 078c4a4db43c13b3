import {
  request as requestOf,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'

import { createControl, resourceServerHeader, type ServerCommand } from '../control.ts'
import { readBytes, readText } from '../../../src/testing/server/http-text.ts'
import { IssuedSecretsRecorder } from '../issued-secrets.ts'
import { running, type RunningServer } from '../running-server.ts'
import { corsFor } from '../seeds/bearer-tokens.ts'
import type { Listener } from '../../../src/testing/server/listener.ts'

export interface FrontOptions {
  readonly listener: Listener
  /** Loopback port of the server behind. */
  readonly port: number
  /** Origins that may read the answers that a fault makes. */
  readonly appOrigins: readonly string[]
  /** Where the `state` is the page's own and no secret. */
  readonly endSessionPath?: string
  /** Whether a request is not for the server behind: then it was answered. */
  readonly answerItself?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>
  /** Hears what the server behind answered: of JSON what it says, of a page its text. */
  readonly hear?: (path: string, said: unknown) => void
  readonly commands?: Readonly<Record<string, ServerCommand>>
  readonly onReset?: () => Promise<void> | void
}

const bodyLimitBytes = 1_048_576
/** Milliseconds that the server behind may take. */
const ANSWER_MS = 30_000

/** Of one connection, and not of what goes over it (RFC 9110 section 7.6.1). */
const ofConnection = ['connection', 'keep-alive', 'transfer-encoding']

/**
 * Stands before a server that is not ours, as the web server of its host would, and passes on what comes and goes as it is. So the
 * server is counted, disturbed and steered by `/control` as ours are, with `{ do: 'issued' }` and the commands that are given.
 * Who the server behind is told to be by `Host` is this listener.
 */
export function startFront(options: FrontOptions): RunningServer {
  const { listener, port, appOrigins, endSessionPath, answerItself, hear } = options
  const issued = new IssuedSecretsRecorder()
  const control = createControl({
    cors: (request) => corsFor(request, appOrigins),
    onReset: async () => {
      issued.forget()
      await options.onReset?.()
    },
    commands: { issued: () => ({ ...issued.report() }), ...options.commands },
  })

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await answerItself?.(request, response)) return
    const { pathname, searchParams } = new URL(request.url ?? '/', listener.origin)
    const body = await readText(request, bodyLimitBytes)
    if (pathname !== endSessionPath) {
      const form = isOfType(request, 'x-www-form-urlencoded') ? new URLSearchParams(body) : []
      issued.readRequest(Object.fromEntries([...searchParams, ...form]))
    }
    const answer = await ask(request, body, port)
    // Bytes: pictures pass as well.
    const content = await readBytes(answer, bodyLimitBytes)
    const text = content.toString('utf8')
    const said: unknown = isOfType(answer, 'json') ? JSON.parse(text) : text
    issued.readAnswer(answer.headers.location ?? '', said)
    hear?.(pathname, said)
    response.writeHead(answer.statusCode ?? 502, without(answer.headers, ofConnection)).end(content)
  }

  listener.serve(
    control.around((request, response) => {
      pass(request, response).catch(() => {
        if (response.headersSent) response.destroy()
        else response.writeHead(502).end()
      })
    }),
  )
  return running(listener, control)
}

function ask(
  { method, url: path, headers: given }: IncomingMessage,
  body: string,
  port: number,
): Promise<IncomingMessage> {
  // Texts are looked through, so they must not be packed.
  const headers = without(given, [...ofConnection, 'accept-encoding', resourceServerHeader])
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(ANSWER_MS)
    requestOf({ host: '127.0.0.1', port, method, path, headers, agent: false, signal }, resolve)
      .once('error', reject)
      .end(body)
  })
}

function without(headers: IncomingHttpHeaders, names: readonly string[]): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)))
}

function isOfType({ headers }: IncomingMessage, type: string): boolean {
  return headers['content-type']?.includes(type) === true
}
