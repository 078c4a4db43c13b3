import { BRIDGE_PATH } from '../../src/contract/messages.ts'
import { ask, refuseOpen } from './deployment-check.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Looks at the headers with which the vault's host serves it (threat model, deployment headers). What holds an attacker off is
 * the vault's own origin; the headers are the second wall, and the folder of the build has them for every host.
 * A check that cannot be made now counts as passed: being offline is not a finding.
 * @throws AuthError `deployment-unsafe`, with a message that names every finding and what to serve instead
 */
export async function checkVaultDeployment({ config, origin, wire }: Surroundings): Promise<void> {
  const apps = config.vault?.appOrigins.join(' ') ?? ''
  const [redirectPath = '/'] = config.clients.map((client) => client.redirectPath)
  const expected: readonly (readonly [path: string, ancestors: string])[] = [
    [BRIDGE_PATH, apps],
    [redirectPath, "'none'"],
    ['/token-guardian-missing-page', "'none'"],
  ]
  const findings = await Promise.all(
    expected.map(async ([path, ancestors]) => {
      const answer = await ask(wire.fetch, origin + path)
      return answer ? findingsIn(path, answer.headers, ancestors) : []
    }),
  )
  refuseOpen(findings.flat())
}

function findingsIn(path: string, headers: Headers, ancestors: string): string[] {
  const policy = headers.get('content-security-policy') ?? ''
  const directives = policy.split(';').map((directive) => directive.trim())
  const missing = [`frame-ancestors ${ancestors}`, "default-src 'none'"].filter(
    (directive) => !directives.includes(directive),
  )
  return [
    ...missing.map((directive) => `${path} has no Content-Security-Policy with ${directive}`),
    ...(headers.get('origin-agent-cluster') === '?1'
      ? []
      : [`${path} has no Origin-Agent-Cluster: ?1`]),
    ...(headers.get('referrer-policy') === 'no-referrer'
      ? []
      : [`${path} has no Referrer-Policy: no-referrer`]),
  ]
}
