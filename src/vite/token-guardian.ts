import type { Plugin } from 'vite'
import type { GuardianConfig } from '../contract/config.ts'
import { parseConfig } from '../contract/parse-config.ts'

const PLACEHOLDER = '__TOKEN_GUARDIAN_CONFIG__'

/** Headers and target of the answer that a server gives where the guardian should have answered. */
const SAFE_ANSWER = {
  location: '/#_',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

/**
 * The build side of the guardian.
 *
 * Checks the configuration, and bakes it into the worker as `__TOKEN_GUARDIAN_CONFIG__`, which also reaches the worker
 * that vite-plugin-pwa builds (`injectManifest`). In the dev and preview servers the guardian's own paths get the answer
 * that a production server must give when no worker is there: a redirect to a URL with an explicit fragment.
 * @throws TypeError that lists every mistake in the configuration
 */
export function tokenGuardian(config: GuardianConfig): Plugin[] {
  const { clients, loginPath, logoutPath } = parseConfig(config)
  const own = new Set([loginPath, logoutPath, ...clients.map(({ redirectPath }) => redirectPath)])
  const answerSafely: Middleware = (request, response, next) => {
    if (!own.has((request.url ?? '').split('?')[0] ?? '')) return next()
    response.writeHead(303, SAFE_ANSWER).end()
  }
  // The dev server has none of the headers that the check looks for.
  const devConfig = { deploymentCheck: 'off', ...config }
  return [
    {
      name: 'token-guardian:config',
      config: () => ({ define: { [PLACEHOLDER]: JSON.stringify(config) } }),
    },
    {
      // The dev server defines constants for pages only, so the worker's is written into its module.
      name: 'token-guardian:dev-config',
      apply: 'serve',
      transform: (code) =>
        code.includes(PLACEHOLDER)
          ? { code: code.replaceAll(PLACEHOLDER, JSON.stringify(devConfig)), map: null }
          : undefined,
    },
    {
      name: 'token-guardian:safe-answers',
      configureServer: (server) => void server.middlewares.use(answerSafely),
      configurePreviewServer: (server) => void server.middlewares.use(answerSafely),
    },
  ]
}

type Middleware = (
  request: { readonly url?: string | undefined },
  response: {
    writeHead(status: number, headers: Record<string, string>): { end(): unknown }
  },
  next: () => void,
) => void
