import { vaultPageFlaws } from '../../src/contract/deployment-flaws.ts'
import { BRIDGE_PATH } from '../../src/contract/messages.ts'
import { ask, refuseOpen } from './deployment-check.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Looks at the headers with which the vault's host serves it (threat model, deployment headers). What holds an attacker off is
 * the vault's own origin; the headers are the second wall, and the folder of the build has them for every host.
 * A check that cannot be made now counts as passed: being offline is not a finding.
 * @throws AuthError `deployment-unsafe`, with a message that names every flaw and what to serve instead
 */
export async function checkVaultDeployment({ config, origin, wire }: Surroundings): Promise<void> {
  const apps = config.vault?.appOrigins.join(' ') ?? ''
  const [redirectPath = '/'] = config.clients.map((client) => client.redirectPath)
  const expected: readonly (readonly [path: string, ancestors: string])[] = [
    [BRIDGE_PATH, apps],
    [redirectPath, "'none'"],
    ['/token-guardian-missing-page', "'none'"],
  ]
  const flaws = await Promise.all(
    expected.map(async ([path, ancestors]) => {
      const answer = await ask(wire.fetch, origin + path)
      return answer ? vaultPageFlaws(path, ancestors, answer.headers) : []
    }),
  )
  refuseOpen(flaws.flat())
}
