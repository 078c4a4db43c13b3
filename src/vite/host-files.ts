import { apacheFile } from './host-apache.ts'
import { caddyFile } from './host-caddy.ts'
import { headersFile } from './host-headers-file.ts'
import { nginxFile } from './host-nginx.ts'
import { vercelFile } from './host-vercel.ts'
import { planVault, type VaultSite } from './vault-headers.ts'

/** Configuration with which one kind of host serves a vault's folder. */
export interface HostFile {
  readonly name: '_headers' | 'vercel.json' | '.htaccess' | 'nginx.conf' | 'Caddyfile'
  readonly content: string
  /** `inside` the folder that is deployed, where the host looks for it, or `beside` it. */
  readonly place: 'inside' | 'beside'
}

/**
 * Makes every host say what `vaultHeaders` says, for each path and for what is missing.
 *
 * | | Netlify, Cloudflare Pages | Vercel | nginx, Caddy, Apache |
 * |---|---|---|---|
 * | other worker scripts | served | refused | refused |
 * | POST to a callback without a worker | refused by the host | refused by the host | recovery page |
 * | access log without the callback's query | no | no | yes (Apache: with one word in its own configuration) |
 *
 * Tried with nginx 1.22, Caddy 2.6 and Apache 2.4 (`e2e/package/try-hosts.mjs`). The others cannot be run at home: their
 * files follow what they document.
 * @throws TypeError as `planVault` does, and for headers that are too long for a host
 */
export function hostFiles(site: VaultSite): readonly HostFile[] {
  const plan = planVault(site)
  return [
    { name: '_headers', place: 'inside', content: headersFile(plan) },
    { name: 'vercel.json', place: 'inside', content: vercelFile(plan) },
    { name: '.htaccess', place: 'inside', content: apacheFile(plan) },
    { name: 'nginx.conf', place: 'beside', content: nginxFile(plan) },
    { name: 'Caddyfile', place: 'beside', content: caddyFile(plan) },
  ]
}
