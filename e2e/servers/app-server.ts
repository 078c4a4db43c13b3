import { createReadStream } from 'node:fs'
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'

import {
  baseHeaders,
  documentPolicy,
  flowAnswer,
  flowPathPrefix,
  defaultWorkerPath,
  workerPolicy,
  type Protections,
} from './app-headers.ts'
import { createControl } from './control.ts'
import { readText } from '../../src/testing/server/http-text.ts'
import type { JournalEntry } from './journal.ts'
import { refuseUnparsed } from './refuse-unparsed.ts'
import { bind, running, type PortOption, type RunningServer } from './running-server.ts'
import { findStaticFile, type StaticFile } from './static-file.ts'

export interface AppServerOptions {
  readonly port: PortOption
  /** Folder of the production build. */
  readonly root: string
  readonly apiOrigin: string
  readonly issuer: string
  /** Of the vault topology: whose frame the pages hold. */
  readonly vaultOrigin?: string | undefined
  /** The one script that may become the app's worker. Default `/sw.js`. */
  readonly workerPath?: string
  /** More origins that the pages and the worker may connect to; tests name foreign hosts here. */
  readonly connectOrigins?: readonly string[]
  /** Default: all on. */
  readonly protections?: Partial<Protections>
}

const formLimitBytes = 65_536

/** Serves a production build as `threat-model.md` asks of a host in the same-origin topology. */
export async function startAppServer(options: AppServerOptions): Promise<RunningServer> {
  const listener = await bind(options.port)
  const protections = { callback: true, csp: true, workerGuard: true, ...options.protections }
  const root = resolve(options.root)
  const { workerPath = defaultWorkerPath } = options
  const reach = {
    appOrigin: listener.origin,
    issuer: options.issuer,
    workerPath,
    vaultOrigin: options.vaultOrigin,
    apiOrigins: [options.apiOrigin, ...(options.connectOrigins ?? [])],
  }
  const headersOf = (policy: string): Record<string, string> =>
    baseHeaders(protections.csp ? policy : undefined, reach)
  const documentHeaders = headersOf(documentPolicy(reach))
  const workerHeaders = headersOf(workerPolicy(reach))
  const control = createControl({})

  function refuse(response: ServerResponse, status: number, headers = {}): void {
    response
      .writeHead(status, {
        ...documentHeaders,
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'no-store',
        ...headers,
      })
      .end(`${status} ${STATUS_CODES[status]}\n`)
  }

  async function send(
    request: IncomingMessage,
    response: ServerResponse,
    file: StaticFile,
    headers: Record<string, string>,
  ): Promise<void> {
    response.writeHead(200, {
      ...headers,
      'content-type': file.type,
      'content-length': file.size,
      'cache-control': file.cacheControl,
    })
    if (request.method === 'HEAD') response.end()
    else await pipeline(createReadStream(file.path), response)
  }

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    entry: JournalEntry,
  ): Promise<void> {
    const target = request.url ?? '/'
    const path = target.split(/[?#]/, 1)[0] ?? '/'
    const isFlow = path.startsWith(flowPathPrefix)
    if (isFlow && request.method === 'POST') {
      entry.hadCode ||= /(^|&)(code|response)=/.test(await readText(request, formLimitBytes))
    }
    if (protections.workerGuard && isForWorker(request) && target !== workerPath)
      return refuse(response, 403)
    if (isFlow && protections.callback) {
      response.writeHead(flowAnswer.status, { ...documentHeaders, ...flowAnswer.headers }).end()
      return
    }
    if (!isFlow && request.method !== 'GET' && request.method !== 'HEAD') {
      request.resume()
      return refuse(response, 405, { allow: 'GET, HEAD' })
    }
    const file = await findStaticFile(root, path)
    if (file === 'malformed') return refuse(response, 400)
    if (file !== 'missing') {
      return send(request, response, file, path === workerPath ? workerHeaders : documentHeaders)
    }
    const index = await findStaticFile(root, '/')
    const isNavigation =
      isFlow || (extname(path) === '' && request.headers.accept?.includes('text/html') === true)
    if (!isNavigation || typeof index === 'string') return refuse(response, 404)
    return send(request, response, index, documentHeaders)
  }

  listener.serve(
    control.around((request, response, entry) => {
      answer(request, response, entry).catch(() => {
        if (response.headersSent) response.destroy()
        else refuse(response, 400)
      })
    }),
    (error, socket) => refuseUnparsed(error, socket, documentHeaders),
  )
  return running(listener, control)
}

function isForWorker(request: IncomingMessage): boolean {
  return request.headers['service-worker'] !== undefined
}
