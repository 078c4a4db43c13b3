import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

import { matchesFault, type Fault } from './fault.ts'

/** Headers that let the app read an answer which the real handler did not write. */
export type CorsHeaders = (request: IncomingMessage) => OutgoingHttpHeaders

/** Disturbs requests as the added faults say. */
export class FaultInjector {
  readonly #cors: CorsHeaders
  #faults: Fault[] = []
  readonly #hanging = new Map<ServerResponse, () => void>()

  constructor(cors: CorsHeaders) {
    this.#cors = cors
  }

  add(fault: Fault): void {
    this.#faults.push(fault)
  }

  /** Forgets all faults and cuts the requests that hang. */
  reset(): void {
    this.#faults = []
    for (const response of this.#hanging.keys()) response.destroy()
    this.#hanging.clear()
  }

  /** Lets hanging requests go on to the handler; answers how many there were. */
  release(): number {
    const waiting = [...this.#hanging]
    this.#hanging.clear()
    for (const [, proceed] of waiting) proceed()
    return waiting.length
  }

  /** Runs `handle` as it is, or disturbed when a fault matches. What waited may meet the faults that came after that one. */
  run(request: IncomingMessage, response: ServerResponse, path: string, handle: () => void): void {
    this.#run(this.#faults, request, response, path, handle)
  }

  #run(
    faults: readonly Fault[],
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    handle: () => void,
  ): void {
    const index = faults.findIndex((entry) => matchesFault(entry, request.method ?? '', path))
    const fault = faults[index]
    if (fault === undefined) return handle()
    const goOn = (): void => this.#run(faults.slice(index + 1), request, response, path, handle)
    if (fault.skip > 0) {
      fault.skip -= 1
      return goOn()
    }
    fault.remaining -= 1
    this.#disturb(fault, request, response, goOn)
  }

  #disturb(
    fault: Fault,
    request: IncomingMessage,
    response: ServerResponse,
    handle: () => void,
  ): void {
    const answer = (status: number, type: string, body: string): void => {
      request.resume()
      response
        .writeHead(fault.status ?? status, {
          'content-type': type,
          'cache-control': 'no-store',
          ...this.#cors(request),
          ...fault.headers,
        })
        .end(body)
    }
    switch (fault.kind) {
      case 'status': {
        const body = fault.body ?? ''
        return answer(503, body.startsWith('{') ? 'application/json' : 'text/plain', body)
      }
      case 'html':
        return answer(200, 'text/html; charset=utf-8', fault.body ?? '<!doctype html><p>Sign in')
      case 'empty':
        return answer(200, 'application/json', '')
      case 'invalid-json':
        return answer(200, 'application/json', '{"access_token": ')
      case 'drop':
        request.socket.destroy()
        return
      case 'delay':
        setTimeout(handle, fault.ms ?? 500)
        return
      case 'hang':
        this.#hanging.set(response, handle)
        response.once('close', () => this.#hanging.delete(response))
        return
      case 'drop-after':
        holdBody(response, () => request.socket.destroy())
        return handle()
      case 'hang-after':
        holdBody(response, (body, _write, end) => this.#hanging.set(response, () => end(body)))
        response.once('close', () => this.#hanging.delete(response))
        return handle()
      case 'append':
        forgetLength(response)
        holdBody(response, (body, _write, end) => {
          end(Buffer.concat([body, Buffer.from(fault.body ?? '')]))
        })
        return handle()
      case 'rewrite':
        forgetLength(response)
        holdBody(response, (body, _write, end) => {
          end(Buffer.from(rewritten(body.toString(), fault.rewrites ?? [])))
        })
        return handle()
      case 'truncate':
        holdBody(response, (body, write) => {
          write(body.subarray(0, Math.floor(body.length / 2)), () => request.socket.destroy())
        })
        return handle()
      default:
        return assertNever(fault.kind)
    }
  }
}

/**
 * Keeps back everything that the handler writes until it ends the response. Headers stay unsent as
 * well, for Node sends them together with the first byte of the body.
 */
function holdBody(
  response: ServerResponse,
  onEnd: (
    body: Buffer,
    write: (part: Buffer, sent: () => void) => void,
    end: (body: Buffer) => void,
  ) => void,
): void {
  const parts: Buffer[] = []
  const send = response.write.bind(response)
  const finish = response.end.bind(response)
  const keep = (chunk: unknown): void => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) parts.push(Buffer.from(chunk))
  }
  response.flushHeaders = () => undefined
  response.write = (chunk: unknown) => {
    keep(chunk)
    return true
  }
  response.end = (chunk?: unknown) => {
    keep(chunk)
    onEnd(
      Buffer.concat(parts),
      (part, sent) => send(part, sent),
      (body) => finish(body),
    )
    return response
  }
}

/** Nothing where something was to be replaced and is not there: then no test may go on as if it were. */
function rewritten(text: string, rewrites: NonNullable<Fault['rewrites']>): string {
  return rewrites.reduce((all, [pattern, replacement]) => {
    const changed = all.replaceAll(new RegExp(pattern, 'g'), replacement)
    return changed === all ? '' : changed
  }, text)
}

/** The handler does not know how long the body will be. */
function forgetLength(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (
    status: number,
    headers: Readonly<Record<string, unknown>>,
  ) => ServerResponse
  response.writeHead = ((status: number, headers: Readonly<Record<string, unknown>> = {}) => {
    const { 'content-length': _, ...others } = headers
    return writeHead(status, others)
  }) as typeof response.writeHead
}

function assertNever(kind: never): never {
  throw new Error(`Unknown fault ${String(kind)}`)
}
