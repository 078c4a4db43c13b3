import { createServer, type Server } from 'node:http'
import type { Logger, Plugin } from 'vite'
import type { GuardianConfig, ParsedVault } from '../contract/config.ts'
import { vaultContent, type VaultContent } from './build-vault.ts'
import { pageFile, VAULT_WORKER, vaultHeaders } from './vault-headers.ts'

/** Milliseconds for the dev server of before to give back the port: Vite starts the next one first. */
const PORT_PATIENCE_MS = 5000
const LOOK_AGAIN_MS = 100

const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8' } as const

/** Serves the vault on its own origin beside the dev server and the preview server, where that is a port of this machine. */
export function devVaultPlugin(
  { origin }: ParsedVault,
  configs: { readonly dev: GuardianConfig; readonly preview: GuardianConfig },
): Plugin {
  const { protocol, hostname, port } = new URL(origin)
  const isOurs = protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
  let server: Server | undefined
  const serve = async (config: GuardianConfig, logger: Logger): Promise<void> => {
    if (!isOurs) return
    server = serverOf(await vaultContent(config))
    listenWhenFree(server, Number(port || 80), hostname.replaceAll(/[[\]]/g, ''), () =>
      logger.warn(`token-guardian: ${origin} is taken, so the vault is not served there`),
    )
  }
  const close = (): void => void server?.close()
  return {
    name: 'token-guardian:dev-vault',
    apply: 'serve',
    configureServer: ({ config: { logger } }) => serve(configs.dev, logger),
    // Vite's own: the dev server is closed.
    closeBundle: close,
    configurePreviewServer: ({ config: { logger }, httpServer }) => {
      httpServer.once('close', close)
      return serve(configs.preview, logger)
    },
  }
}

function serverOf({ files, site }: VaultContent): Server {
  return createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const name = [path, pageFile(path)]
      .map((one) => one.slice(1))
      .find((one) => Object.hasOwn(files, one))
    const headers = vaultHeaders(site, path)
    // Only the guardian's script may become a service worker of this origin.
    if (request.headers['service-worker'] !== undefined && path !== VAULT_WORKER) {
      response.writeHead(403, headers).end()
      return
    }
    const type = (name ?? '').endsWith('.js') ? TYPES.js : TYPES.html
    response.writeHead(name === undefined ? 404 : 200, { ...headers, 'content-type': type })
    response.end(files[name ?? '404.html'])
  })
}

function listenWhenFree(server: Server, port: number, host: string, onTaken: () => void): void {
  const end = Date.now() + PORT_PATIENCE_MS
  server.on('error', () => {
    if (Date.now() > end) return onTaken()
    setTimeout(() => server.listen(port, host), LOOK_AGAIN_MS).unref()
  })
  server.listen(port, host)
}
