import {
  errorPageFlaws,
  flowPathFlaws,
  foreignWorkerFlaws,
  type Flaw,
} from '../../src/contract/deployment-flaws.ts'
import { failure } from '../protocol/failure.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Looks at the app's server as an attacker's frame would find it where no worker answers (threat model, statement 8).
 * A check that cannot be made now counts as passed: being offline is not a finding.
 * @throws AuthError `deployment-unsafe`, with a message that names every flaw and what to serve instead
 */
export async function checkDeployment(surroundings: Surroundings): Promise<void> {
  const flaws = await Promise.all([
    checkRedirectUris(surroundings),
    checkErrorPages(surroundings),
    checkWorkerScripts(surroundings),
  ])
  refuseOpen(flaws.flat())
}

/** @throws AuthError `deployment-unsafe` when there is any flaw */
export function refuseOpen(flaws: readonly Flaw[]): void {
  if (flaws.length === 0) return
  throw failure('deployment-unsafe', 'registration', {
    message: `The server leaves this origin open where no worker answers: ${flaws.join('; ')}`,
  })
}

async function checkRedirectUris({ config, origin, wire }: Surroundings): Promise<readonly Flaw[]> {
  const paths = new Set(config.clients.map(({ redirectPath }) => redirectPath))
  const flaws = await Promise.all(
    [...paths].map(async (path) => {
      const answer = await ask(wire.fetch, origin + path)
      // The target of a redirect cannot be seen from here; that there is one, can.
      const isSafe = !answer || answer.type === 'opaqueredirect'
      return isSafe ? [] : flowPathFlaws(path, answer.status)
    }),
  )
  return flaws.flat()
}

async function checkErrorPages({ home, wire }: Surroundings): Promise<readonly Flaw[]> {
  const answer = await ask(wire.fetch, `${home}token-guardian-missing-page`)
  return answer ? errorPageFlaws(answer.headers) : []
}

async function checkWorkerScripts({ scriptUrl, wire }: Surroundings): Promise<readonly Flaw[]> {
  const other = new URL(scriptUrl)
  other.search = '?token-guardian-other-script'
  const answer = await ask(wire.fetch, other.href, { 'service-worker': 'script' })
  return answer ? foreignWorkerFlaws(answer.status, answer.headers) : []
}

/** What the server answers; `undefined` when it could not be asked. */
export async function ask(
  fetch: Surroundings['wire']['fetch'],
  url: string,
  headers: Record<string, string> = {},
): Promise<Response | undefined> {
  try {
    const options = { redirect: 'manual', credentials: 'omit', cache: 'no-store' } as const
    const answer = await fetch(url, { ...options, headers, signal: AbortSignal.timeout(5000) })
    await answer.body?.cancel()
    return answer
  } catch {
    return undefined
  }
}
