import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GuardianConfig, ParsedConfig, ParsedVault } from '../contract/config.ts'
import { parseConfig } from '../contract/parse-config.ts'
import { BRIDGE_PATH, POPUP_PATH } from '../contract/messages.ts'
import { hostFiles } from './host-files.ts'
import { pageFile, type VaultSite } from './vault-headers.ts'
import { vaultPage } from './vault-pages.ts'

/** The scripts of a vault: what each calls, and where that is published. */
const SCRIPTS = [
  { file: 'bridge.js', module: 'page/bridge.js', call: 'startBridge(config)' },
  { file: 'recover.js', module: 'page/recover.js', call: 'void recover()' },
  { file: 'popup.js', module: 'page/popup-end.js', call: 'void endPopup()' },
  { file: 'guardian-sw.js', module: 'install-vault.js', call: 'installVault(self, config, build)' },
] as const

/** Folder of the published modules that the scripts are made of. */
const published = fileURLToPath(new URL('../../sw/vault/', import.meta.url))

/**
 * Builds the folder of static files that is served on the vault's origin, and on nothing but it. In it are `_headers`,
 * `vercel.json` and `.htaccess` for the hosts that read them there; `nginx.conf` and `Caddyfile` are put beside it.
 * @param outDir is emptied first
 * @throws TypeError when the configuration is wrong or has no vault
 */
export async function buildVault(config: GuardianConfig, outDir: string): Promise<void> {
  const parsed = parseConfig(config)
  if (parsed.vault === undefined) {
    throw new TypeError(`buildVault needs a configuration with topology 'vault'`)
  }
  const files = { ...pagesOf(parsed), ...(await scriptsOf(config)) }
  await rm(outDir, { recursive: true, force: true })
  for (const { name, content, place } of hostFiles(siteOf(parsed, parsed.vault))) {
    files[place === 'inside' ? name : `../${basename(outDir)}.${name}`] = content
  }
  for (const [name, content] of Object.entries(files)) {
    const path = join(outDir, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
}

function siteOf(
  { clients, resources, loginPath, logoutPath }: ParsedConfig,
  { appOrigins, serverOrigins }: ParsedVault,
): VaultSite {
  const apis = resources.map(({ origin }) => origin)
  return {
    appOrigins,
    connectOrigins: [...new Set([...apis, ...serverOrigins])],
    loginPath,
    logoutPath,
    callbackPaths: [...new Set(clients.map(({ redirectPath }) => redirectPath))],
  }
}

function pagesOf({ clients, loginPath, logoutPath }: ParsedConfig): Record<string, string> {
  const flow = [loginPath, logoutPath, ...clients.map(({ redirectPath }) => redirectPath)]
  const recovery = vaultPage({ title: 'One moment', script: '/recover.js', text: 'One moment …' })
  return {
    [BRIDGE_PATH.slice(1)]: vaultPage({ title: 'Session', script: '/bridge.js' }),
    [POPUP_PATH.slice(1)]: vaultPage({
      title: 'Sign in',
      script: '/popup.js',
      text: 'One moment …',
    }),
    '404.html': vaultPage({ title: 'Not found', text: 'There is nothing here.' }),
    ...Object.fromEntries(flow.map((path) => [pageFile(path).slice(1), recovery])),
  }
}

async function scriptsOf(config: GuardianConfig): Promise<Record<string, string>> {
  const scripts: Record<string, string> = {}
  const hash = createHash('sha256')
  for (const { file, module, call } of SCRIPTS) {
    // The worker comes last: its cache is named after everything before it.
    const build = hash.copy().digest('hex').slice(0, 16)
    scripts[file] = await bundle(module, call, config, build)
    hash.update(scripts[file])
  }
  return scripts
}

/** One classic script without any import, as a service worker and a strict policy want it. */
async function bundle(
  module: string,
  call: string,
  config: GuardianConfig,
  build: string,
): Promise<string> {
  const { build: viteBuild } = await import('vite')
  const name = /^(?:void )?(\w+)/.exec(call)?.[1] ?? ''
  const entry = 'virtual:token-guardian-vault'
  const code = `import { ${name} } from ${JSON.stringify(published + module)}
const config = ${JSON.stringify(config)}
const build = ${JSON.stringify(build)}
${call}
`
  const result = await viteBuild({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      {
        name: 'token-guardian:vault-entry',
        resolveId: (id) => (id === entry ? entry : undefined),
        load: (id) => (id === entry ? code : undefined),
      },
    ],
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: { input: entry, output: { format: 'iife' } },
      modulePreload: false,
    },
  })
  const [output] = [result].flat() as { output: readonly { code?: string }[] }[]
  const script = output?.output[0]?.code
  if (script === undefined) throw new Error(`The vault's ${module} could not be built`)
  return script
}
