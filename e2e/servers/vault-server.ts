import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { createControl } from './control.ts'
import { headersAt, parseHeadersFile } from './headers-file.ts'
import { readText } from '../../src/testing/server/http-text.ts'
import type { JournalEntry } from './journal.ts'
import { refuseUnparsed } from './refuse-unparsed.ts'
import { bind, running, type PortOption, type RunningServer } from './running-server.ts'
import { findStaticFile, type StaticFile } from './static-file.ts'

/** Which walls of a vault's host are up. Tests take one down to show what it held. */
export interface VaultProtections {
  /** The headers of the folder's own `_headers` file. */
  readonly headers: boolean
  /** Scripts other than the guardian's are refused as service workers. */
  readonly workerGuard: boolean
}

export interface VaultServerOptions {
  readonly port: PortOption
  /** The vault's folder as it is deployed. */
  readonly root: string
  /** Paths that serve their page for POST too (`response_mode=form_post`). Default `/auth/callback`. */
  readonly callbackPaths?: readonly string[]
  /** Default: all on. */
  readonly protections?: Partial<VaultProtections>
}

const workerPath = '/guardian-sw.js'
const formLimitBytes = 65_536

/** Read by the hosts they are for and served by none. */
const hostFiles = ['/_headers', '/_redirects', '/vercel.json', '/.htaccess']

/**
 * Serves a vault's folder with the headers of the `_headers` file in it: the very file that is deployed.
 *
 * @throws SyntaxError when that file is not understood, and the system's error when there is none
 */
export async function startVaultServer(options: VaultServerOptions): Promise<RunningServer> {
  const root = resolve(options.root)
  const protections = { headers: true, workerGuard: true, ...options.protections }
  const callbackPaths = options.callbackPaths ?? ['/auth/callback']
  const rules = protections.headers
    ? parseHeadersFile(await readFile(join(root, '_headers'), 'utf8'))
    : []
  const listener = await bind(options.port)
  const control = createControl({})

  function refuse(response: ServerResponse, path: string, status: number, headers = {}): void {
    response
      .writeHead(status, {
        ...headersAt(rules, path),
        'content-type': 'text/plain; charset=utf-8',
        ...headers,
      })
      .end(`${status} ${STATUS_CODES[status]}\n`)
  }

  async function send(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    file: StaticFile,
    status = 200,
  ): Promise<void> {
    response.writeHead(status, {
      ...headersAt(rules, path),
      'content-type': file.type,
      'content-length': file.size,
    })
    if (request.method === 'HEAD') response.end()
    else await pipeline(createReadStream(file.path), response)
  }

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    entry: JournalEntry,
  ): Promise<void> {
    const path = (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/'
    if (protections.workerGuard && isForeignWorker(request, path)) {
      return refuse(response, path, 403)
    }
    if (request.method === 'POST' && callbackPaths.includes(path)) {
      entry.hadCode ||= /(^|&)(code|response)=/.test(await readText(request, formLimitBytes))
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      request.resume()
      return refuse(response, path, 405, { allow: 'GET, HEAD' })
    }
    const file = await findPage(root, path)
    if (file === 'malformed') return refuse(response, path, 400)
    if (file !== 'missing') return send(request, response, path, file)
    const page = await findStaticFile(root, '/404.html')
    if (typeof page === 'string') return refuse(response, path, 404)
    return send(request, response, path, page, 404)
  }

  listener.serve(
    control.around((request, response, entry) => {
      answer(request, response, entry).catch(() => {
        if (response.headersSent) response.destroy()
        else refuse(response, '/', 400)
      })
    }),
    (error, socket) => refuseUnparsed(error, socket, headersAt(rules, '/')),
  )
  return running(listener, control)
}

/** The file of a path, or the page that hosts serve under it: `/auth/login` is in `/auth/login.html`. */
async function findPage(root: string, path: string): Promise<StaticFile | 'missing' | 'malformed'> {
  if (hostFiles.includes(path)) return 'missing'
  const file = await findStaticFile(root, path)
  return file === 'missing' && !path.endsWith('/') ? findStaticFile(root, `${path}.html`) : file
}

function isForeignWorker(request: IncomingMessage, path: string): boolean {
  return request.headers['service-worker'] !== undefined && path !== workerPath
}
