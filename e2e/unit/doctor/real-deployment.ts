import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startApiServer } from '../../servers/api-server.ts'
import { startAppServer } from '../../servers/app-server.ts'
import type { Protections } from '../../servers/app-headers.ts'
import {
  startAuthorizationServer,
  type AuthorizationServerOptions,
} from '../../servers/authorization-server.ts'
import { listenOnLoopback } from '../../../src/testing/server/listener.ts'
import type { RunningServer } from '../../servers/running-server.ts'
import { startVaultServer, type VaultProtections } from '../../servers/vault-server.ts'
import type { ClientConfig, GuardianConfig } from '../../../src/contract/config.ts'
import { parseConfig } from '../../../src/contract/parse-config.ts'
import { hostFiles } from '../../../src/vite/host-files.ts'
import { siteOfVault } from '../../../src/vite/vault-headers.ts'

export interface RealDeploymentOptions {
  readonly topology: GuardianConfig['topology']
  readonly client?: Partial<ClientConfig>
  readonly protections?: Partial<Protections>
  readonly vaultProtections?: Partial<VaultProtections>
  readonly server?: Partial<AuthorizationServerOptions>
  /** Origins that the API lets in besides; default: the guardian's. */
  readonly apiOrigins?: readonly string[]
}

/** The servers of the end-to-end tests around folders of placeholders, for what asks them by HTTP and runs no script. */
export interface RealDeployment {
  readonly appUrl: string
  readonly config: GuardianConfig
  readonly server: RunningServer
  /** Puts another text into the app's `token-guardian.json`, or takes the file away. */
  readonly publish: (text: string | undefined) => Promise<void>
  close(): Promise<void>
}

const PAGE = '<!doctype html><script src="/assets/app.js"></script>'
const PAGES = ['bridge.html', 'popup.html', '404.html', 'auth/login.html', 'auth/logout.html']

export async function startRealDeployment({
  topology,
  client = {},
  protections = {},
  vaultProtections = {},
  server = {},
  apiOrigins,
}: RealDeploymentOptions): Promise<RealDeployment> {
  const [as, api, app, vault] = await Promise.all(
    [0, 0, 0, 0].map((port) => listenOnLoopback(port)),
  )
  if (!as || !api || !app || !vault) throw new Error('unreachable')
  const guardian = topology === 'vault' ? vault.origin : app.origin
  const config: GuardianConfig = {
    topology,
    ...(topology === 'vault' && { vaultOrigin: vault.origin, appOrigins: [app.origin] }),
    clients: { issuer: as.origin, clientId: 'demo', scope: 'openid profile', ...client },
    resources: [{ url: `${api.origin}/v1/` }],
  }
  const root = await mkdtemp(join(tmpdir(), 'doctor-'))
  await writeFiles(join(root, 'app'), {
    'index.html': PAGE,
    'sw.js': '// a worker',
    'assets/app.js': '// the app',
    'token-guardian.json': JSON.stringify(config),
  })
  const running: RunningServer[] = []
  if (topology === 'vault') {
    const folder = join(root, 'vault')
    await writeVault(folder, config)
    const port = vault
    running.push(await startVaultServer({ port, root: folder, protections: vaultProtections }))
  }
  const apiOrigin = api.origin
  const issuer = as.origin
  const appOrigins = [guardian]
  const started = await startAuthorizationServer({ port: as, appOrigins, apiOrigin, ...server })
  running.push(
    started,
    await startApiServer({ port: api, issuer, appOrigins: apiOrigins ?? appOrigins }),
    await startAppServer({
      port: app,
      root: join(root, 'app'),
      apiOrigin,
      issuer,
      protections,
      ...(topology === 'vault' && { vaultOrigin: vault.origin }),
    }),
  )
  return {
    appUrl: `${app.origin}/`,
    config,
    server: started,
    publish: (text) => {
      const file = join(root, 'app', 'token-guardian.json')
      return text === undefined ? rm(file) : writeFile(file, text)
    },
    close: async () => {
      await Promise.all([...running, vault].map((one) => one.close()))
      await rm(root, { recursive: true })
    },
  }
}

async function writeVault(folder: string, config: GuardianConfig): Promise<void> {
  const parsed = parseConfig(config)
  if (!parsed.vault) throw new TypeError('There is no vault')
  const scripts = ['bridge.js', 'recover.js', 'popup.js', 'guardian-sw.js']
  const callbacks = parsed.clients.map(({ redirectPath }) => `${redirectPath.slice(1)}.html`)
  const inside = hostFiles(siteOfVault(parsed, parsed.vault)).filter(
    ({ place }) => place === 'inside',
  )
  await writeFiles(folder, {
    ...Object.fromEntries([...PAGES, ...callbacks].map((name) => [name, PAGE])),
    ...Object.fromEntries(scripts.map((name) => [name, '// a script'])),
    ...Object.fromEntries(inside.map(({ name, content }) => [name, content])),
  })
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
}
