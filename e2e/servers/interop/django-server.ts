import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { startChild } from '../child.ts'
import type { ServerCommand } from '../control.ts'
import { bind, type RunningServer } from '../running-server.ts'
import { startFront } from './front.ts'

export interface DjangoServerOptions {
  readonly clientId: string
  readonly appOrigins: readonly string[]
  /** Origins that may call the API besides. */
  readonly pageOrigins: readonly string[]
  readonly redirectUris: readonly string[]
}

/** Debian's own Python: another one in the path does not see Debian's modules. */
const python = '/usr/bin/python3'
const project = fileURLToPath(new URL('./django-oauth-toolkit.py', import.meta.url))

/** Milliseconds in which it has to start; 2 s are usual. */
const START_MS = 45_000

const commandNames = ['expire', 'revoke', 'expire-sessions', 'register'] as const

/**
 * Starts a Django project with django-oauth-toolkit, whose API is at `/api/me`, with the user `alice` and the password `password`.
 *
 * Commands, besides those of {@link startFront}: `{ do: 'expire' }` ends the time of all access tokens, `{ do: 'revoke' }` revokes
 * the refresh tokens too, `{ do: 'expire-sessions' }`, and `{ do: 'register', redirectUris }` until the reset.
 *
 * @throws Error when Django does not start; what it says is on the error output
 */
export async function startDjangoServer(options: DjangoServerOptions): Promise<RunningServer> {
  const listener = await bind(0)
  const child = startChild(python, [project], ['pipe', 'pipe', 'inherit'])
  const { stdin, stdout } = child.process
  const close = async (): Promise<void> => {
    await Promise.all([listener.close(), child.end()])
  }
  if (stdin === null || stdout === null) throw new Error('unreachable')
  // Its failure to start is told by its end.
  stdin.on('error', () => undefined)
  stdin.write(`${JSON.stringify(options)}\n`)
  const port = await Promise.race([
    portFrom(stdout),
    child.ended.then(() => undefined),
    sleep(START_MS, undefined, { ref: false }),
  ])
  if (port === undefined) {
    await close()
    throw new Error(`${python} did not start Django; see what it says above`)
  }
  const steer: ServerCommand = async (command) => {
    const answer = await fetch(`http://127.0.0.1:${port}/control`, {
      method: 'POST',
      body: JSON.stringify(command),
    })
    if (!answer.ok) throw new TypeError(`Django does not understand ${JSON.stringify(command)}`)
  }
  const front = startFront({
    listener,
    port,
    appOrigins: options.appOrigins,
    commands: Object.fromEntries(commandNames.map((name) => [name, steer])),
    onReset: async () => {
      await steer({ do: 'reset' })
    },
  })
  return { ...front, close }
}

async function portFrom(output: NodeJS.ReadableStream): Promise<number | undefined> {
  for await (const line of createInterface(output)) {
    const { port } = JSON.parse(line) as { readonly port?: unknown }
    if (typeof port === 'number') return port
  }
  return undefined
}

/** For an app: what its discovery says, which is at an address that no client finds. */
export function djangoMetadata(origin: string) {
  return {
    issuer: `${origin}/o`,
    authorization_endpoint: `${origin}/o/authorize/`,
    token_endpoint: `${origin}/o/token/`,
    jwks_uri: `${origin}/o/.well-known/jwks.json`,
    revocation_endpoint: `${origin}/o/revoke_token/`,
  } as const
}
