import { vaultPageFlaws } from '../../contract/deployment-flaws.ts'
import type { FindingId } from '../catalogue.ts'
import type { Answer } from '../deployment.ts'
import { found, foundFlaw, shown, type Finding } from '../finding.ts'
import { headerLine, recogniseHost } from '../host-lines.ts'

/** Headers of the flaws that the guardian finds too. */
const FLAWED = {
  'vault-policy': 'Content-Security-Policy',
  'vault-process': 'Origin-Agent-Cluster',
  'vault-referrer': 'Referrer-Policy',
}

const HALF_A_YEAR = 15_552_000

/** Headers of which a difference is a finding of its own. */
const COMPARED: readonly (readonly [name: string, id: FindingId, isFine?: IsFine])[] = [
  ['Cross-Origin-Opener-Policy', 'vault-opener'],
  ['Cross-Origin-Embedder-Policy', 'vault-embedding'],
  ['Cross-Origin-Resource-Policy', 'vault-embedding'],
  ['X-Content-Type-Options', 'vault-sniffing'],
  ['Permissions-Policy', 'vault-features', deniesAsMuch],
  ['Strict-Transport-Security', 'vault-hsts', lastsHalfAYear],
  ['Cache-Control', 'vault-cached', isNoLooser],
]

type IsFine = (actual: string, wanted: string) => boolean

/** How the headers of one path differ from what the build demands. */
export function* vaultHeaderFindings(
  origin: string,
  path: string,
  { headers }: Answer,
  wanted: Readonly<Record<string, string>>,
  ancestors: string,
): Generator<Finding> {
  const host = recogniseHost(headers)
  const subject = origin + path
  const change = (name: string): string => headerLine(host, path, name, wanted[name] ?? '')
  const flaws = vaultPageFlaws(path, ancestors, headers)
  const policy = 'Content-Security-Policy'
  for (const flaw of flaws) {
    const name = Object.entries(FLAWED).find(([id]) => flaw.startsWith(`${id}:`))?.[1]
    yield foundFlaw(flaw, subject, change(name ?? policy))
  }
  const differs = policyDifference(headers.get(policy) ?? '', wanted[policy] ?? '')
  if (differs !== undefined && !flaws.some((flaw) => flaw.startsWith('vault-policy'))) {
    yield found('vault-policy', {
      subject,
      what: `${path} has a Content-Security-Policy ${differs}`,
      change: change(policy),
    })
  }
  for (const [name, id, isFine] of COMPARED) {
    const value = wanted[name]
    const actual = headers.get(name)
    // What is not there means the same.
    if (value === undefined || (actual ?? 'unsafe-none') === value) continue
    if (actual !== null && isFine?.(actual, value)) continue
    const what =
      actual === null
        ? `${path} has no ${name}: ${shown(value)}`
        : `${path} has ${name}: ${shown(actual)} instead of ${shown(value)}`
    yield found(id, { subject, what, change: change(name) })
  }
}

function policyDifference(actual: string, wanted: string): string | undefined {
  const directivesOf = (policy: string): string[] =>
    policy
      .split(';')
      .map((directive) => directive.trim().replaceAll(/\s+/g, ' '))
      .filter(Boolean)
  const [has, needs] = [directivesOf(actual), directivesOf(wanted)]
  const lacking = needs.find((directive) => !has.includes(directive))
  if (lacking !== undefined) return `without ${lacking}`
  const further = has.find((directive) => !needs.includes(directive))
  return further === undefined ? undefined : `with ${shown(further)}`
}

function deniesAsMuch(actual: string, wanted: string): boolean {
  const denied = actual.split(',').map((feature) => feature.trim())
  return wanted.split(', ').every((feature) => denied.includes(feature))
}

function lastsHalfAYear(actual: string): boolean {
  return Number(/max-age="?(\d+)/i.exec(actual)?.[1] ?? 0) >= HALF_A_YEAR
}

function isNoLooser(actual: string, wanted: string): boolean {
  return /no-store/i.test(actual) || (wanted === 'no-cache' && /no-cache|max-age=0/i.test(actual))
}
