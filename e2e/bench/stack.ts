import { mkdir, rm, writeFile } from 'node:fs/promises'

import { buildVault, type GuardianConfig } from 'token-guardian/vite'

import { startAppServer } from '../servers/app-server.ts'
import { listenOnLoopback } from '../../src/testing/server/listener.ts'
import type { RunningServer } from '../servers/running-server.ts'
import { startBackend, type Backend } from '../servers/start.ts'
import { startVaultServer } from '../servers/vault-server.ts'
import { bundle, projectFolder } from './bundle.ts'
import { isGuarded, perMode, type Mode } from './modes.ts'

/** Longer than any run: nothing is refreshed but where that is what is measured. */
export const accessTokenSeconds = 36_000

export interface Stack {
  readonly backend: Backend
  readonly apps: Readonly<Record<Mode, RunningServer>>
  readonly vault: RunningServer
  /** Folder of the vault's files. */
  readonly vaultFolder: string
  /** The small JSON answer that API requests are for. */
  readonly apiUrl: string
  readonly configOf: (mode: Mode) => GuardianConfig
  close(): Promise<void>
}

/** Starts the servers, and one app per mode on an origin of its own. */
export async function startStack(): Promise<Stack> {
  const listeners = await perMode(() => listenOnLoopback(0))
  const vaultListener = await listenOnLoopback(0)
  const appOrigins = [...Object.values(listeners), vaultListener].map(({ origin }) => origin)
  const backend = await startBackend({ appOrigins, accessTokenSeconds })
  const issuer = backend.authorizationServer.origin
  const apiOrigin = backend.api.origin
  const configOf = (mode: Mode): GuardianConfig => ({
    ...(mode === 'vault'
      ? {
          topology: 'vault',
          vaultOrigin: vaultListener.origin,
          appOrigins: [listeners.vault.origin],
        }
      : {
          topology: 'same-origin',
          storage: mode === 'guardian-idb' ? 'shared-indexeddb' : 'memory',
        }),
    clients: { issuer, clientId: 'demo', scope: 'openid profile offline_access api:read' },
    resources: [{ url: `${apiOrigin}/v1/` }],
  })
  const vaultFolder = `${projectFolder}.build/bench/vault-site/`
  await buildVault(configOf('vault'), vaultFolder)
  const vault = await startVaultServer({ port: vaultListener, root: vaultFolder })
  const apps = await perMode(async (mode) => {
    const root = await buildApp(mode, configOf(mode))
    const vaultOrigin = mode === 'vault' ? vault.origin : undefined
    return startAppServer({ port: listeners[mode], root, apiOrigin, issuer, vaultOrigin })
  })
  return {
    backend,
    apps,
    vault,
    vaultFolder,
    apiUrl: `${apiOrigin}/v1/me`,
    configOf,
    async close() {
      const servers = [backend, vault, ...Object.values(apps)]
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

const workers: Readonly<Partial<Record<Mode, string>>> = {
  'pass-through': 'pass-through-worker.js',
  guardian: 'guardian-worker.js',
  'guardian-idb': 'guardian-worker.js',
  vault: 'forwarder-worker.js',
  routed: 'routed-worker.js',
}

/** @returns the folder to serve */
async function buildApp(mode: Mode, config: GuardianConfig): Promise<string> {
  const folder = `${projectFolder}.build/bench/${mode}/`
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const worker = workers[mode]
  const page = isGuarded(mode) ? 'guardian-page.js' : 'plain-page.js'
  const define = { __HAS_WORKER__: String(worker !== undefined) }
  await writeFile(`${folder}page.js`, await bundle(page, { define }))
  if (worker !== undefined) {
    const baked = { __TOKEN_GUARDIAN_CONFIG__: JSON.stringify(config) }
    await writeFile(`${folder}sw.js`, await bundle(worker, { define: baked }))
  }
  await writeFile(`${folder}small.json`, JSON.stringify({ sub: 'bench', scope: 'api:read' }))
  // As the Vite plugin writes it into an app's page.
  const { vaultOrigin } = config
  const hint = vaultOrigin ? `<meta name="token-guardian-vault" content="${vaultOrigin}">` : ''
  await writeFile(
    `${folder}index.html`,
    `<!doctype html><title>${mode}</title>${hint}<script src="/page.js"></script>\n`,
  )
  return folder
}
