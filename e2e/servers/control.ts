import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

import { FaultInjector, type CorsHeaders } from './fault-injector.ts'
import { parseFault } from './fault.ts'
import { Journal, type JournalEntry, type JournalReport } from './journal.ts'
import { readText, sendJson } from '../../src/testing/server/http-text.ts'
import { isFromLocalProgram } from '../../src/testing/server/local-program.ts'

/** A command of one server only, such as `revoke`. What it returns is added to the answer. */
export type ServerCommand = (
  command: Readonly<Record<string, unknown>>,
) => Promise<Record<string, unknown> | void> | Record<string, unknown> | void

/** What tests steer a server with, by HTTP under `/control` or directly in the same process. */
export interface Control {
  /** Wraps the server's own handler: counts, disturbs, and answers `/control`. */
  around(handle: CountedListener): RequestListener
  /**
   * Runs one command, such as `{ do: 'reset' }`.
   *
   * @throws TypeError when the command is not understood.
   */
  run(command: unknown): Promise<Record<string, unknown>>
  report(): JournalReport
}

export type CountedListener = (
  request: IncomingMessage,
  response: ServerResponse,
  entry: JournalEntry,
) => void

/** Sent by the API when it fetches keys, so that counts show only what the app under test did. */
export const resourceServerHeader = 'x-resource-server'

const bodyLimitBytes = 65_536

export function createControl(options: {
  /** CORS headers for answers that a fault makes. */
  readonly cors?: CorsHeaders
  readonly commands?: Readonly<Record<string, ServerCommand>>
  /** Forgets what the server itself collected for tests. */
  readonly onReset?: () => Promise<void> | void
}): Control {
  const journal = new Journal()
  const faults = new FaultInjector(options.cors ?? (() => ({})))
  const commands = new Map<string, ServerCommand>([
    [
      'reset',
      async () => {
        journal.reset()
        faults.reset()
        await options.onReset?.()
      },
    ],
    ['fault', (command) => faults.add(parseFault(command))],
    ['release', () => ({ released: faults.release() })],
    ['heal', () => faults.reset()],
    ...Object.entries(options.commands ?? {}),
  ])

  async function run(command: unknown): Promise<Record<string, unknown>> {
    const record = isRecord(command) ? command : {}
    const execute = commands.get(String(record['do']))
    if (execute === undefined) {
      throw new TypeError(`"do" must be one of ${[...commands.keys()].join(', ')}`)
    }
    return { ok: true, ...(await execute(record)) }
  }

  async function answerControl(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isFromLocalProgram(request))
      return sendJson(response, 403, { error: 'loopback clients only' })
    if (request.method === 'GET') return sendJson(response, 200, journal.report())
    if (request.method !== 'POST') return sendJson(response, 405, { error: 'GET or POST' })
    if (request.headers['content-type']?.split(';')[0]?.trim() !== 'application/json') {
      return sendJson(response, 415, { error: 'send Content-Type: application/json' })
    }
    try {
      const command: unknown = JSON.parse(await readText(request, bodyLimitBytes))
      sendJson(response, 200, await run(command))
    } catch (error) {
      sendJson(response, 400, { error: error instanceof Error ? error.message : 'not understood' })
    }
  }

  return {
    run,
    report: () => journal.report(),
    around: (handle) => (request, response) => {
      const path = (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/'
      if (path === '/control') return void answerControl(request, response)
      if (request.headers[resourceServerHeader] !== undefined) {
        return handle(request, response, new Journal().record(request, path))
      }
      const entry = journal.record(request, path)
      response.on('close', () => {
        entry.wasCut = !response.writableFinished
      })
      faults.run(request, response, path, () => handle(request, response, entry))
    },
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
