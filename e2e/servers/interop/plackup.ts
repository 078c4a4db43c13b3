import { spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'

import { listenOnLoopback } from '../../../src/testing/server/listener.ts'

/** A Perl web application that answers, on 127.0.0.1 only. */
export interface Plackup {
  readonly port: number
  /** Ends the program, and waits for that. */
  end(): Promise<void>
}

export interface PlackupOptions {
  readonly psgiFile: string
  readonly env: Readonly<Record<string, string>>
  /** Whether the application at this port is the one that was started, and answers. May reject instead. */
  readonly isReady: (port: number) => Promise<boolean>
}

const READY_MS = 30_000
const LOOK_AGAIN_MS = 100
/** Milliseconds that the program may take to end by itself. */
const GRACE_MS = 3000
const attempts = 3
const lastWords = 4000

/**
 * Starts an application with plackup, at a port that was free.
 * @throws Error with what the program wrote last when it ended instead, or does not answer within half a minute
 */
export async function startPlackup(options: PlackupOptions): Promise<Plackup> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startAt(await freePort(), options)
    } catch (error) {
      // Another program may have been faster to take the port.
      if (attempt === attempts || !String(error).includes('failed to listen')) throw error
    }
  }
}

async function startAt(port: number, { psgiFile, env, isReady }: PlackupOptions): Promise<Plackup> {
  const server = ['--env', 'deployment', '--server', 'HTTP::Server::PSGI']
  const place = ['--host', '127.0.0.1', '--port', String(port)]
  const child = spawn('plackup', [...server, ...place, psgiFile], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  let hasEnded = false
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-lastWords)
  })
  // It must not outlive us, however we end.
  const kill = (): void => void child.kill()
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', (error) => {
      said = error.message
      resolve()
    })
  }).then(() => {
    hasEnded = true
    process.off('exit', kill)
  })

  async function end(): Promise<void> {
    kill()
    await Promise.race([ended, wait(GRACE_MS, undefined, { ref: false })])
    if (!hasEnded) child.kill('SIGKILL')
    await ended
  }

  const deadline = Date.now() + READY_MS
  while (!(await isReady(port).catch(() => false))) {
    const isLate = Date.now() > deadline
    if (isLate) await end()
    if (hasEnded) throw new Error(`${psgiFile} does not answer: ${said}`)
    await wait(LOOK_AGAIN_MS)
  }
  return { port, end }
}

async function freePort(): Promise<number> {
  const listener = await listenOnLoopback(0)
  await listener.close()
  return listener.port
}
