import { posix } from 'node:path'
import type { Plugin } from 'vite'
import type { GuardianConfig } from '../contract/config.ts'
import { appWorker, filesBesideWorker, type ConfigPlace } from './app-files.ts'

interface AppWorkerOptions {
  /** Path of the prebuilt worker below the base. Absent: the app has a worker of its own. */
  readonly worker: string | undefined
  readonly configPlace: ConfigPlace
  /** The configuration under the dev server. */
  readonly devConfig: GuardianConfig
}

/** Puts the prebuilt worker, and what belongs beside a worker, into the build, and serves them in development. */
export function appWorkerPlugin(
  config: GuardianConfig,
  { worker, configPlace, devConfig }: AppWorkerOptions,
): Plugin {
  if (worker !== undefined && !/^[\w.-]+(\/[\w.-]+)*\.js$/.test(worker)) {
    throw new TypeError(
      `tokenGuardian: '${worker}' cannot be the worker; write its path below the base, such as 'guardian-sw.js'`,
    )
  }
  const folder = worker === undefined ? '.' : posix.dirname(worker)
  const beside = (name: string): string => posix.join(folder, name)
  return {
    name: 'token-guardian:app-worker',
    applyToEnvironment: ({ name }) => name === 'client',
    async generateBundle() {
      for (const [name, source] of Object.entries(filesBesideWorker(config, configPlace))) {
        this.emitFile({ type: 'asset', fileName: beside(name), source })
      }
      if (worker === undefined) return
      const source = await appWorker(config, configPlace)
      this.emitFile({ type: 'asset', fileName: worker, source })
    },
    configureServer: ({ config: { base }, middlewares }) => {
      // Both places: what a worker in development imports from beside it is there too.
      const besides = Object.entries(filesBesideWorker(devConfig, 'beside-worker'))
      const files = new Map<string, () => string | Promise<string>>(
        besides.map(([name, content]) => [beside(name), () => content]),
      )
      if (worker !== undefined) files.set(worker, () => appWorker(devConfig, 'in-worker'))
      const pathOf = (file: string): string => new URL(base + file, 'http://localhost').pathname
      middlewares.use((request, response, next) => {
        const path = (request.url ?? '').split('?')[0]
        const file = [...files.keys()].find((name) => pathOf(name) === path)
        if (file === undefined) return next()
        const type = file.endsWith('.json') ? 'application/json' : 'text/javascript'
        Promise.resolve(files.get(file)?.()).then((content) => {
          response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' })
          response.end(content)
        }, next)
      })
    },
  }
}
