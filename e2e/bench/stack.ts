import { mkdir, rm, writeFile } from 'node:fs/promises'

import { startAppServer } from '../servers/app-server.ts'
import { listenOnLoopback } from '../servers/listener.ts'
import type { RunningServer } from '../servers/running-server.ts'
import { startBackend, type Backend } from '../servers/start.ts'
import { bundle, projectFolder } from './bundle.ts'
import { isGuardian, perMode, type Mode } from './modes.ts'

/** Longer than any run: nothing is refreshed but where that is what is measured. */
export const accessTokenSeconds = 36_000

export interface Stack {
  readonly backend: Backend
  readonly apps: Readonly<Record<Mode, RunningServer>>
  /** The small JSON answer that API requests are for. */
  readonly apiUrl: string
  /** The guardian's configuration, as source text. */
  readonly config: string
  close(): Promise<void>
}

/** Starts the servers, and one app per mode on an origin of its own. */
export async function startStack(): Promise<Stack> {
  const listeners = await perMode(() => listenOnLoopback(0))
  const appOrigins = Object.values(listeners).map(({ origin }) => origin)
  const backend = await startBackend({ appOrigins, accessTokenSeconds })
  const issuer = backend.authorizationServer.origin
  const apiOrigin = backend.api.origin
  const apps = await perMode(async (mode) => {
    const root = await buildApp(mode, configFor(mode, issuer, apiOrigin))
    return startAppServer({ port: listeners[mode], root, apiOrigin, issuer })
  })
  return {
    backend,
    apps,
    apiUrl: `${apiOrigin}/v1/me`,
    config: configFor('guardian', issuer, apiOrigin),
    async close() {
      await Promise.all([backend.close(), ...Object.values(apps).map((app) => app.close())])
    },
  }
}

function configFor(mode: Mode, issuer: string, apiOrigin: string): string {
  return JSON.stringify({
    topology: 'same-origin',
    clients: { issuer, clientId: 'demo', scope: 'openid profile offline_access api:read' },
    resources: [{ url: `${apiOrigin}/v1/` }],
    storage: mode === 'guardian-idb' ? 'shared-indexeddb' : 'memory',
  })
}

const workers: Readonly<Partial<Record<Mode, string>>> = {
  'pass-through': 'pass-through-worker.js',
  guardian: 'guardian-worker.js',
  'guardian-idb': 'guardian-worker.js',
  routed: 'routed-worker.js',
}

/** @returns the folder to serve */
async function buildApp(mode: Mode, config: string): Promise<string> {
  const folder = `${projectFolder}.build/bench/${mode}/`
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const worker = workers[mode]
  const page = isGuardian(mode) ? 'guardian-page.js' : 'plain-page.js'
  const define = { __HAS_WORKER__: String(worker !== undefined) }
  await writeFile(`${folder}page.js`, await bundle(page, { define }))
  if (worker !== undefined) {
    const baked = { __TOKEN_GUARDIAN_CONFIG__: config }
    await writeFile(`${folder}sw.js`, await bundle(worker, { define: baked }))
  }
  await writeFile(`${folder}small.json`, JSON.stringify({ sub: 'bench', scope: 'api:read' }))
  await writeFile(
    `${folder}index.html`,
    `<!doctype html><title>${mode}</title><script src="/page.js"></script>\n`,
  )
  return folder
}
