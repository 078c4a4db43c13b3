import type { Plugin } from 'vite'
import type { GuardianConfig } from '../contract/config.ts'
import { resolve } from 'node:path'
import type { ParsedVault } from '../contract/config.ts'
import { parseConfig } from '../contract/parse-config.ts'
import { buildVault } from './build-vault.ts'
import { whatToRegister } from './what-to-register.ts'

const PLACEHOLDER = '__TOKEN_GUARDIAN_CONFIG__'

/** Headers and target of the answer that a server gives where the guardian should have answered. */
const SAFE_ANSWER = {
  location: '/#_',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

export interface TokenGuardianOptions {
  /** Folder of the vault's static files, relative to Vite's root. Default: the app's output folder with `-vault` added. */
  readonly vaultOutDir?: string
}

/**
 * The build side of the guardian.
 *
 * Checks the configuration, and bakes it into the worker as `__TOKEN_GUARDIAN_CONFIG__`, which also reaches the worker
 * that vite-plugin-pwa builds (`injectManifest`). In the dev and preview servers the guardian's own paths get the answer
 * that a production server must give when no worker is there: a redirect to a URL with an explicit fragment. A build with a vault
 * says what to register at the authorization servers.
 * @throws TypeError that lists every mistake in the configuration
 */
export function tokenGuardian(
  config: GuardianConfig,
  { vaultOutDir }: TokenGuardianOptions = {},
): Plugin[] {
  const parsed = parseConfig(config)
  const { clients, loginPath, logoutPath, vault } = parsed
  if (vault) {
    return [
      configPlugin(config),
      devConfigPlugin(config),
      vaultPlugin(config, vault, vaultOutDir),
      {
        name: 'token-guardian:what-to-register',
        apply: 'build',
        configResolved: ({ logger }) => logger.info(whatToRegister(parsed, vault)),
      },
    ]
  }
  const own = new Set([loginPath, logoutPath, ...clients.map(({ redirectPath }) => redirectPath)])
  const answerSafely: Middleware = (request, response, next) => {
    if (!own.has((request.url ?? '').split('?')[0] ?? '')) return next()
    response.writeHead(303, SAFE_ANSWER).end()
  }
  return [
    configPlugin(config),
    devConfigPlugin(config),
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
    config: () => ({ define: { [PLACEHOLDER]: JSON.stringify(config) } }),
  }
}

/** The dev server defines constants for pages only, so the worker's is written into its module. */
function devConfigPlugin(config: GuardianConfig): Plugin {
  // The dev server has none of the headers that the check looks for.
  const devConfig = { deploymentCheck: 'off', ...config }
  return {
    name: 'token-guardian:dev-config',
    apply: 'serve',
    transform: (code) =>
      code.includes(PLACEHOLDER)
        ? { code: code.replaceAll(PLACEHOLDER, JSON.stringify(devConfig)), map: null }
        : undefined,
  }
}

/** Builds the vault's folder beside the app's, and lets the app's pages load its frame at once. */
function vaultPlugin(
  config: GuardianConfig,
  vault: ParsedVault,
  vaultOutDir: string | undefined,
): Plugin {
  let outDir = ''
  return {
    name: 'token-guardian:vault',
    configResolved: ({ root, build }) => {
      outDir = resolve(root, vaultOutDir ?? `${build.outDir}-vault`)
    },
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { name: 'token-guardian-vault', content: vault.origin } },
    ],
    closeBundle: {
      order: 'post',
      handler: async () => {
        await buildVault(config, outDir)
      },
    },
  }
}

type Middleware = (
  request: { readonly url?: string | undefined },
  response: {
    writeHead(status: number, headers: Record<string, string>): { end(): unknown }
  },
  next: () => void,
) => void
