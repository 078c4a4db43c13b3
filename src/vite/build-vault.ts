import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { GuardianConfig, ParsedConfig } from '../contract/config.ts'
import { parseConfig } from '../contract/parse-config.ts'
import { BRIDGE_PATH, POPUP_PATH } from '../contract/messages.ts'
import { buildScript, configScript } from './config-script.ts'
import { hostFiles } from './host-files.ts'
import { prebuilt } from './prebuilt.ts'
import { pageFile, siteOfVault, VAULT_WORKER, type VaultSite } from './vault-headers.ts'
import { vaultPage } from './vault-pages.ts'
import { writeFiles } from './write-files.ts'

/** What is served on a vault's origin. */
export interface VaultContent {
  /** Pages and scripts, by path without the leading slash. */
  readonly files: Readonly<Record<string, string>>
  /** What their headers depend on. */
  readonly site: VaultSite
}

/**
 * Builds the folder of static files that is served on the vault's origin, and on nothing but it. In it are `_headers`,
 * `vercel.json` and `.htaccess` for the hosts that read them there; `nginx.conf` and `Caddyfile` are put beside it.
 * @param outDir is emptied first
 * @throws TypeError when the configuration is wrong or has no vault
 */
export async function buildVault(config: GuardianConfig, outDir: string): Promise<void> {
  const { files, site } = await vaultContent(config)
  const ofHosts = hostFiles(site).map(({ name, content, place }) => [
    place === 'inside' ? name : `../${basename(outDir)}.${name}`,
    content,
  ])
  await rm(outDir, { recursive: true, force: true })
  await writeFiles(outDir, { ...files, ...Object.fromEntries(ofHosts) })
}

/** @throws TypeError when the configuration is wrong or has no vault */
export async function vaultContent(config: GuardianConfig): Promise<VaultContent> {
  const parsed = parseConfig(config)
  if (parsed.vault === undefined) {
    throw new TypeError(`buildVault needs a configuration with topology 'vault'`)
  }
  const files = { ...pagesOf(parsed), ...(await scriptsOf(config)) }
  return { files, site: siteOfVault(parsed, parsed.vault) }
}

function pagesOf({ clients, loginPath, logoutPath }: ParsedConfig): Record<string, string> {
  const flow = [loginPath, logoutPath, ...clients.map(({ redirectPath }) => redirectPath)]
  const text = 'This page goes on by itself.'
  const recovery = vaultPage({ title: 'One moment', script: '/recover.js', text })
  return {
    [BRIDGE_PATH.slice(1)]: vaultPage({ title: 'Session', script: '/bridge.js' }),
    [POPUP_PATH.slice(1)]: vaultPage({
      title: 'Sign in',
      script: '/popup.js',
      text,
    }),
    '404.html': vaultPage({ title: 'Not found', text: 'There is nothing here.' }),
    ...Object.fromEntries(flow.map((path) => [pageFile(path).slice(1), recovery])),
  }
}

async function scriptsOf(config: GuardianConfig): Promise<Record<string, string>> {
  const [bridge, recover, popup, worker] = await Promise.all([
    prebuilt('vault/bridge.js'),
    prebuilt('vault/recover.js'),
    prebuilt('vault/popup.js'),
    prebuilt('vault/guardian-sw.js'),
  ])
  const baked = configScript(config)
  const others = { 'bridge.js': baked + bridge, 'recover.js': recover, 'popup.js': popup }
  // The cache of the worker is named after everything that can be in it.
  const hash = createHash('sha256')
  for (const script of Object.values(others)) hash.update(script)
  const build = hash.digest('hex').slice(0, 16)
  return { ...others, [VAULT_WORKER.slice(1)]: baked + buildScript(build) + worker }
}
