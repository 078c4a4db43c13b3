import type { ParsedConfig } from '../../src/contract/config.ts'
import { pathOfLinks } from '../core/download-entry.ts'

/** The part of the Static Routing API that is used; not every browser has it. */
interface RouterInstallEvent extends ExtendableEvent {
  addRoutes?(rules: readonly RouterRule[]): Promise<void>
}

interface RouterRule {
  readonly condition: {
    readonly urlPattern?: {
      readonly protocol?: string
      readonly hostname?: string
      readonly port?: string
      readonly pathname?: string
    }
    readonly not?: RouterRule['condition']
  }
  readonly source: 'fetch-event' | 'network'
}

export type LeaveToNetwork = 'nothing' | 'cross-origin' | 'everything'

/**
 * Tells the browser which requests concern the guardian, so that the others need no worker. The rule for the guardian's
 * own paths also stops the browser from sending a callback to the app's server while the worker starts.
 */
export function addStaticRoutes(
  event: ExtendableEvent,
  config: ParsedConfig,
  origin: string,
  leaveToNetwork: LeaveToNetwork,
): void {
  const install = event as RouterInstallEvent
  if (install.addRoutes === undefined) return
  const rules = staticRoutes(config, origin, leaveToNetwork)
  // Without the rules everything comes to the worker, which is slower and just as safe.
  event.waitUntil(install.addRoutes(rules).catch(() => undefined))
}

export function staticRoutes(
  config: ParsedConfig,
  origin: string,
  leaveToNetwork: LeaveToNetwork,
): RouterRule[] {
  const own = [
    config.loginPath,
    config.logoutPath,
    ...config.clients.map(({ redirectPath }) => redirectPath),
  ]
  const rules: RouterRule[] = [...new Set(own)].map((pathname) => ({
    condition: { urlPattern: { ...originPattern(origin), pathname: literal(pathname) } },
    source: 'fetch-event',
  }))
  const folders = [
    ...pathOfLinks(config).map((path) => [origin, path] as const),
    ...config.resources.map((resource) => [resource.origin, resource.pathPrefix] as const),
  ]
  for (const [of, path] of folders) {
    const urlPattern = { ...originPattern(of), pathname: `${literal(path)}*` }
    rules.push({ condition: { urlPattern }, source: 'fetch-event' })
  }
  if (leaveToNetwork === 'everything') {
    // Not `{}`: what a pattern leaves out is taken from the URL of the worker's script.
    rules.push({ condition: { urlPattern: { hostname: '*' } }, source: 'network' })
  } else if (leaveToNetwork === 'cross-origin') {
    rules.push({ condition: { not: { urlPattern: originPattern(origin) } }, source: 'network' })
  }
  return rules
}

function originPattern(origin: string): { protocol: string; hostname: string; port: string } {
  const { protocol, hostname, port } = new URL(origin)
  return { protocol: protocol.slice(0, -1), hostname: literal(hostname), port }
}

/** URL patterns give some characters a meaning; here every character stands for itself. */
function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\:]/g, String.raw`\$&`)
}
