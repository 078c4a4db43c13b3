import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

/** What a server needs for https, as PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** A bound loopback port. It is taken before the server behind it exists, so servers can be told of each other. */
export interface Listener {
  readonly port: number
  /** `http://localhost:<port>`, unless told otherwise. */
  readonly origin: string
  /** Starts to answer; until then every request gets 503. */
  serve(handler: RequestListener, onClientError?: ClientErrorListener): void
  /** Stops listening and cuts what is open, streams included. */
  close(): Promise<void>
}

export type ClientErrorListener = (error: NodeJS.ErrnoException, socket: Duplex) => void

export interface ListenerOptions {
  /** Name in the origin, `localhost` or one below it: browsers take all of them for this machine. Default `localhost`. */
  readonly host?: string
  /** Listens on this address only, instead of loopback. */
  readonly address?: string
  /** Serves https with it. */
  readonly certificate?: Certificate | undefined
}

type Server = ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>

const attemptsForAnyPort = 20

/**
 * Binds `port` on 127.0.0.1 and, where the machine has it, on ::1, because `localhost` may mean either. Or on another address that
 * is given.
 *
 * @param port - `0` takes any port that is free on both.
 * @throws the system's error, with code `EADDRINUSE` when the port is taken on either address.
 */
export async function listenOnLoopback(
  port: number,
  options: ListenerOptions = {},
): Promise<Listener> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await bindBoth(port, options)
    } catch (error) {
      if (port !== 0 || attempt === attemptsForAnyPort || codeOf(error) !== 'EADDRINUSE')
        throw error
    }
  }
}

async function bindBoth(
  requested: number,
  { host = 'localhost', address, certificate }: ListenerOptions,
): Promise<Listener> {
  const create = (): Server => (certificate ? createSecureServer(certificate) : createServer())
  const servers = [create(), create()] as const
  const [first, second] = servers
  await listen(first, requested, address ?? '127.0.0.1')
  const { port } = first.address() as AddressInfo
  try {
    if (address === undefined) await listen(second, port, '::1')
  } catch (error) {
    if (!['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(codeOf(error) ?? '')) {
      first.close()
      throw error
    }
  }

  let answer: RequestListener = (_request, response) => {
    response.writeHead(503).end()
  }
  for (const server of servers) server.on('request', (req, res) => answer(req, res))

  return {
    port,
    origin: `${certificate ? 'https' : 'http'}://${host}:${port}`,
    serve(handler, onClientError) {
      answer = handler
      if (onClientError === undefined) return
      for (const server of servers) server.on('clientError', onClientError)
    },
    async close() {
      await Promise.all(servers.filter((server) => server.listening).map(shut))
    },
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}
