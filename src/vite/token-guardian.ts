import type { Plugin } from 'vite'
import type { GuardianConfig } from '../contract/config.ts'
import { resolve } from 'node:path'
import { CONFIG_GLOBAL } from '../contract/config-script.ts'
import type { ParsedVault } from '../contract/config.ts'
import { parseConfig } from '../contract/parse-config.ts'
import type { ConfigPlace } from './app-files.ts'
import { appWorkerPlugins } from './app-worker-plugin.ts'
import { buildVault } from './build-vault.ts'
import { devVaultPlugin } from './dev-vault-plugin.ts'
import { whatToRegister } from './what-to-register.ts'

/** The name as an expression of its own: no member of `self`, and not in a string. */
const PLACEHOLDER = new RegExp(`(?<![\\w$.'"\`])${CONFIG_GLOBAL}(?![\\w$])`, 'g')

/** Headers and target of the answer that a server gives where the guardian should have answered. */
const SAFE_ANSWER = {
  location: '/#_',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

export interface TokenGuardianOptions {
  /** Folder of the vault's static files, relative to Vite's root. Default: the app's output folder with `-vault` added. */
  readonly vaultOutDir?: string
  /**
   * Path, below Vite's base, for the prebuilt worker: `guardian-sw.js`. For an app without a worker of its own, and for one that
   * imports it (`generateSW` of vite-plugin-pwa). Default: none, for apps that call `installForwarder` or `installGuardian`.
   */
  readonly worker?: string
  /**
   * `in-worker` (default): the configuration is part of the worker's script. `beside-worker`: it is in
   * `token-guardian.config.js` beside that, which `npx token-guardian bake --config-only` writes anew for each environment; the
   * prebuilt worker loads it, and an app's own worker calls `importScripts` first. In development it is always in the worker.
   */
  readonly configPlace?: ConfigPlace
}

/**
 * The build side of the guardian.
 *
 * Checks the configuration, and bakes it into the worker as `__TOKEN_GUARDIAN_CONFIG__`, which also reaches the worker
 * that vite-plugin-pwa builds (`injectManifest`). In the dev and preview servers the guardian's own paths get the answer
 * that a production server must give when no worker is there: a redirect to a URL with an explicit fragment. A build with a vault
 * says what to register at the authorization servers; the dev and preview servers serve the vault too, where its origin is a
 * port of this machine.
 * @throws TypeError that lists every mistake in the configuration
 */
export function tokenGuardian(
  config: GuardianConfig,
  { vaultOutDir, worker, configPlace = 'in-worker' }: TokenGuardianOptions = {},
): Plugin[] {
  const parsed = parseConfig(config)
  // The dev server has none of the headers that the check looks for.
  const devConfig: GuardianConfig = { deploymentCheck: 'off', developmentPanel: true, ...config }
  const shared = [
    ...(configPlace === 'in-worker' ? [configPlugin(config)] : []),
    devConfigPlugin(devConfig),
    ...appWorkerPlugins(config, { worker, configPlace, devConfig }),
  ]
  const { clients, loginPath, logoutPath, vault } = parsed
  if (vault) {
    return [
      ...shared,
      vaultPlugin(config, vaultOutDir),
      devVaultPlugin(vault, { dev: devConfig, preview: config }),
      // One build for many environments knows no vault yet; its pages learn it from the worker.
      ...(configPlace === 'in-worker' ? [hintPlugin(vault)] : []),
      {
        name: 'token-guardian:what-to-register',
        apply: 'build',
        configResolved: ({ logger }) => logger.info(whatToRegister(parsed)),
      },
    ]
  }
  const own = new Set([loginPath, logoutPath, ...clients.map(({ redirectPath }) => redirectPath)])
  const answerSafely: Middleware = (request, response, next) => {
    if (!own.has((request.url ?? '').split('?')[0] ?? '')) return next()
    response.writeHead(303, SAFE_ANSWER).end()
  }
  return [
    ...shared,
    {
      name: 'token-guardian:safe-answers',
      configureServer: (server) => void server.middlewares.use(answerSafely),
      configurePreviewServer: (server) => void server.middlewares.use(answerSafely),
    },
  ]
}

function configPlugin(config: GuardianConfig): Plugin {
  return {
    name: 'token-guardian:config',
    config: () => ({ define: { [CONFIG_GLOBAL]: JSON.stringify(config) } }),
  }
}

/** The dev server defines constants for pages only, so the worker's is written into its module. */
function devConfigPlugin(devConfig: GuardianConfig): Plugin {
  const value = JSON.stringify(devConfig)
  return {
    name: 'token-guardian:dev-config',
    apply: 'serve',
    transform: (code) =>
      code.includes(CONFIG_GLOBAL)
        ? { code: code.replaceAll(PLACEHOLDER, () => value), map: null }
        : undefined,
  }
}

/** Builds the vault's folder beside the app's. */
function vaultPlugin(config: GuardianConfig, vaultOutDir: string | undefined): Plugin {
  let outDir = ''
  return {
    name: 'token-guardian:vault',
    apply: 'build',
    configResolved: ({ root, build }) => {
      outDir = resolve(root, vaultOutDir ?? `${build.outDir}-vault`)
    },
    closeBundle: {
      order: 'post',
      handler: async (error) => {
        if (error === undefined) await buildVault(config, outDir)
      },
    },
  }
}

/** Lets the app's pages load the vault's frame at once. */
function hintPlugin({ origin }: ParsedVault): Plugin {
  return {
    name: 'token-guardian:vault-hint',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { name: 'token-guardian-vault', content: origin } },
    ],
  }
}

type Middleware = (
  request: { readonly url?: string | undefined },
  response: {
    writeHead(status: number, headers: Record<string, string>): { end(): unknown }
  },
  next: () => void,
) => void
