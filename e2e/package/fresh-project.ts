import { join } from 'node:path'

import { startAppServer, type AppServerOptions } from '../servers/app-server.ts'
import { startChild, type Child } from '../servers/child.ts'
import type { RunningServer } from '../servers/running-server.ts'
import { startVaultServer } from '../servers/vault-server.ts'
import { waitFor } from '../engines/wait-for.ts'
import { test as appTest } from '../fixtures/app.ts'
import { ApiControl, AuthorizationServerControl, ServerControl } from '../fixtures/control.ts'
import { environment, originOf } from '../fixtures/environment.ts'
import { makeProject, type Project, type ProjectOptions } from './make-project.ts'
import { plainEnvironment } from './run-program.ts'

export { callApi, expect, status } from '../fixtures/app.ts'

export interface ServedFolders {
  /** Default `dist`. */
  readonly app?: string
  /** With a vault; default `dist-vault`. */
  readonly vault?: string
  readonly server?: Partial<Omit<AppServerOptions, 'port' | 'root'>>
}

/** A project whose app is served at the origins of the test's `app`. */
export interface FreshProject extends Project {
  /** Serves what was built, as a careful host does. */
  serve(folders?: ServedFolders): Promise<RunningServer>
  /** Starts a program that serves the app, and waits until it does. It ends with the test. */
  start(program: string, ...args: readonly string[]): Promise<void>
}

export interface FreshFixtures {
  /**
   * Makes a project. What it builds may name the origins of the test's `app`, which the authorization server (client `demo`)
   * and the API know; its page may speak the demo's words, so that `signIn` and `callApi` find their way in it.
   */
  readonly freshProject: (options: ProjectOptions) => Promise<FreshProject>
}

/** Tests of what is published, with the browser and the servers of all others. `test.use({ topology: 'vault' })` chooses. */
export const test = appTest.extend<FreshFixtures>({
  app: async ({ topology }, use) => {
    const { sparePorts, spareVaultPort, asOrigin, apiOrigin, foreignOrigin } = environment()
    const origin = originOf(sparePorts[topology][0] ?? 0)
    const vaultOrigin = originOf(spareVaultPort)
    const guardian =
      topology === 'vault'
        ? { guardianOrigin: vaultOrigin, vaultOrigin }
        : { guardianOrigin: origin }
    await use({ topology, origin, ...guardian, asOrigin, apiOrigin, foreignOrigin })
  },

  control: async ({ app }, use) => {
    const shared = {
      as: new AuthorizationServerControl(app.asOrigin),
      api: new ApiControl(app.apiOrigin),
      foreign: new ServerControl(app.foreignOrigin),
    }
    const reset = (): Promise<unknown> =>
      Promise.all(Object.values(shared).map((server) => server.reset()))
    await reset()
    // The servers of the project do not run yet, and end with the test.
    const own = {
      app: new ServerControl(app.origin),
      guardian: new ServerControl(app.guardianOrigin),
    }
    await use({ ...shared, ...own })
    await reset()
  },

  freshProject: async ({ app }, use) => {
    const servers: RunningServer[] = []
    const children: Child[] = []
    await use(async (options) => {
      const project = await makeProject(options)
      const { folder, bin } = project
      return {
        ...project,
        serve: async ({ app: root = 'dist', vault = 'dist-vault', server } = {}) => {
          if (app.vaultOrigin !== undefined) {
            const port = portOf(app.vaultOrigin)
            servers.push(await startVaultServer({ port, root: join(folder, vault) }))
          }
          const started = await startAppServer({
            port: portOf(app.origin),
            apiOrigin: app.apiOrigin,
            issuer: app.asOrigin,
            vaultOrigin: app.vaultOrigin,
            ...server,
            root: join(folder, root),
          })
          servers.push(started)
          return started
        },
        start: async (program, ...args) => {
          children.push(await startAndWait(app.origin, [bin(program), ...args], folder))
        },
      }
    })
    await Promise.all([
      ...servers.map((server) => server.close()),
      ...children.map((child) => child.end()),
    ])
  },
})

function portOf(origin: string): number {
  return Number(new URL(origin).port)
}

/** Milliseconds within which a server that was started answers. */
const START_MS = 60_000

/** @throws Error with what it said, when it ends instead */
async function startAndWait(origin: string, args: readonly string[], cwd: string): Promise<Child> {
  const child = startChild(process.execPath, args, ['ignore', 'pipe', 'pipe'], {
    cwd,
    env: plainEnvironment(),
  })
  let said = ''
  for (const output of [child.process.stdout, child.process.stderr]) {
    output?.on('data', (part: Buffer) => (said += part.toString()))
  }
  const answers = waitFor(`an answer of ${origin}`, START_MS, async () => {
    const response = await fetch(origin, { headers: { accept: 'text/html' } })
    await response.body?.cancel()
    return response
  })
  const hasEnded = child.ended.then(() => {
    throw new Error(`${args.join(' ')} ended:\n${said}`)
  })
  try {
    await Promise.race([answers, hasEnded])
  } catch (error) {
    await child.end()
    throw new Error(`Nothing is served at ${origin}:\n${said}`, { cause: error })
  }
  return child
}
