import { posix, resolve } from 'node:path'
import type { Plugin } from 'vite'
import type { GuardianConfig } from '../contract/config.ts'
import { appWorker, filesBesideWorker, type ConfigPlace } from './app-files.ts'
import { writeFiles } from './write-files.ts'

interface AppWorkerOptions {
  /** Path of the prebuilt worker below the base. Absent: the app has a worker of its own. */
  readonly worker: string | undefined
  readonly configPlace: ConfigPlace
  /** The configuration under the dev server. */
  readonly devConfig: GuardianConfig
}

/** Puts the prebuilt worker, and what belongs beside a worker, into the build, and serves them in development. */
export function appWorkerPlugins(
  config: GuardianConfig,
  { worker, configPlace, devConfig }: AppWorkerOptions,
): Plugin[] {
  if (worker !== undefined && !/^\w[\w.-]*(\/\w[\w.-]*)*\.js$/.test(worker)) {
    throw new TypeError(
      `tokenGuardian: '${worker}' cannot be the worker; write its path below the base, such as 'guardian-sw.js'`,
    )
  }
  const filesOf = async (of: GuardianConfig, place: ConfigPlace, besides = place) => ({
    ...inFolderOf(worker, filesBesideWorker(of, besides)),
    ...(worker !== undefined && { [worker]: await appWorker(of, place) }),
  })
  return [
    buildPlugin(() => filesOf(config, configPlace)),
    // In the worker, and beside it for one that imports it from there.
    servePlugin(() => filesOf(devConfig, 'in-worker', 'beside-worker')),
  ]
}

type Files = Readonly<Record<string, string>>

function inFolderOf(worker: string | undefined, files: Files): Files {
  const folder = posix.dirname(worker ?? '')
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [posix.join(folder, name), content]),
  )
}

/** Writes them when all is written: a list of files to precache, which Workbox makes of the folder, is to have none of them. */
function buildPlugin(filesOf: () => Promise<Files>): Plugin {
  let outDir = ''
  return {
    name: 'token-guardian:app-worker',
    apply: 'build',
    applyToEnvironment: ({ name }) => name === 'client',
    configResolved: ({ root, build }) => {
      outDir = resolve(root, build.outDir)
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      handler: async (error) => {
        if (error === undefined) await writeFiles(outDir, await filesOf())
      },
    },
  }
}

function servePlugin(filesOf: () => Promise<Files>): Plugin {
  return {
    name: 'token-guardian:dev-app-worker',
    apply: 'serve',
    configureServer: async ({ config: { base }, middlewares }) => {
      const files = Object.entries(await filesOf())
      middlewares.use((request, response, next) => {
        const path = (request.url ?? '').split('?')[0]
        const file = files.find(
          ([name]) => new URL(base + name, 'http://localhost').pathname === path,
        )
        if (file === undefined) return next()
        const [name, content] = file
        const type = name.endsWith('.json') ? 'application/json' : 'text/javascript'
        response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' }).end(content)
      })
    },
  }
}
