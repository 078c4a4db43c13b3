import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

import { startChild } from '../servers/child.ts'
import { WAIT_MS } from './session.ts'
import { waitFor } from './wait-for.ts'

/** One session of WebDriver (the classic protocol, over HTTP), and the process that serves it. */
export interface WebDriver {
  /** Sends a command of the session; the path is what comes after `/session/{id}`. */
  send(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>
  close(): Promise<void>
}

/** A command that was refused; `code` is the protocol's word for the reason, such as `no such element`. */
export class WebDriverError extends Error {
  readonly code: string

  constructor(command: string, code: string, message: string) {
    super(`${command}: ${code}: ${message}`)
    this.name = 'WebDriverError'
    this.code = code
  }
}

/** More than any script or page of a test takes. */
const COMMAND_TIMEOUT_MS = 60_000

/**
 * Starts a WebDriver server and a session in it.
 * @throws Error that names the program when it cannot be started
 */
export async function startWebDriver(program: string, capabilities: object): Promise<WebDriver> {
  const port = await findFreePort()
  const server = startChild(program, [`--port=${port}`], 'ignore')
  const command = commandsTo(`http://127.0.0.1:${port}`)
  try {
    const ready = waitFor(`${program} answers`, WAIT_MS, () => command('GET', '/status'))
    const failed = server.ended.then(() => Promise.reject(new Error(`${program} does not start`)))
    await Promise.race([ready, failed])
    const created = await command('POST', '/session', {
      capabilities: { alwaysMatch: capabilities },
    })
    const { sessionId } = created as { sessionId: string }
    const session = `/session/${sessionId}`
    return {
      send: (method, path, body) => command(method, session + path, body),
      close: async () => {
        // The browser may have ended by itself; the server ends whatever is left of it.
        await command('DELETE', session).catch(() => undefined)
        await server.end()
      },
    }
  } catch (error) {
    await server.end()
    throw error
  }
}

type Command = (method: string, path: string, body?: object) => Promise<unknown>

function commandsTo(origin: string): Command {
  return async (method, path, body = {}) => {
    const response = await fetch(origin + path, {
      method,
      signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS),
      ...(method === 'POST' && { body: JSON.stringify(body) }),
    })
    const { value } = (await response.json()) as { value: unknown }
    if (response.ok) return value
    const { error, message } = value as { error?: string; message?: string }
    throw new WebDriverError(`${method} ${path}`, error ?? String(response.status), message ?? '')
  }
}

/** The server takes no port 0. Another program could take the port in between: then the session fails loudly. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
