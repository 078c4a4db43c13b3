import { failure } from '../protocol/failure.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Looks at the app's server as an attacker's frame would find it where no worker answers (threat model, statement 8).
 * A check that cannot be made now counts as passed: being offline is not a finding.
 * @throws AuthError `deployment-unsafe`, with a message that names every finding and what to serve instead
 */
export async function checkDeployment(surroundings: Surroundings): Promise<void> {
  const findings = await Promise.all([
    checkRedirectUris(surroundings),
    checkErrorPages(surroundings),
    checkWorkerScripts(surroundings),
  ])
  refuseOpen(findings.flat())
}

/** @throws AuthError `deployment-unsafe` when there is any finding */
export function refuseOpen(findings: readonly string[]): void {
  if (findings.length === 0) return
  throw failure('deployment-unsafe', 'registration', {
    message: `The server leaves this origin open where no worker answers: ${findings.join('; ')}`,
  })
}

async function checkRedirectUris({ config, origin, wire }: Surroundings): Promise<string[]> {
  const paths = new Set(config.clients.map(({ redirectPath }) => redirectPath))
  const findings = await Promise.all(
    [...paths].map(async (path) => {
      const answer = await ask(wire.fetch, origin + path)
      // The target of a redirect cannot be seen from here; that there is one, can.
      const safe = !answer || answer.type === 'opaqueredirect' || answer.status === 204
      return safe ? [] : [`${path} must answer 303 to "/#_", or 204, instead of ${answer.status}`]
    }),
  )
  return findings.flat()
}

async function checkErrorPages({ home, wire }: Surroundings): Promise<string[]> {
  const answer = await ask(wire.fetch, `${home}token-guardian-missing-page`)
  const policy = answer?.headers.get('content-security-policy') ?? ''
  if (
    !answer ||
    (/(frame|child|default)-src/.test(policy) && /(object|default)-src/.test(policy))
  ) {
    return []
  }
  return [`pages that do not exist have no Content-Security-Policy with frame-src and object-src`]
}

async function checkWorkerScripts({ scriptUrl, wire }: Surroundings): Promise<string[]> {
  const other = new URL(scriptUrl)
  other.search = '?token-guardian-other-script'
  const answer = await ask(wire.fetch, other.href, { 'service-worker': 'script' })
  const type = answer?.headers.get('content-type') ?? ''
  if (!answer?.ok || !type.includes('javascript')) return []
  return ['requests with "Service-Worker: script" must get 403 except for the exact script URL']
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
