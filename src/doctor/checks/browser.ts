import { found, foundFlaw, shown, type Result } from '../finding.ts'
import type { Flaw } from '../../contract/deployment-flaws.ts'
import { FINDINGS } from '../catalogue.ts'

/** What was seen in a browser that has the app open. */
export interface Seen {
  /** Whether the guardian answered a request of the page. */
  readonly isCovered: boolean
  /** Every registration of the app's origin. */
  readonly registrations: readonly { readonly scope: string; readonly script: string }[]
  /** With a vault: whether its frame answered. */
  readonly hasBridge?: boolean
  /** Errors that the guardian reported, in the library's own words. */
  readonly errors: readonly { readonly code: string; readonly message: string }[]
}

/** What is wrong with it. */
export function* judgeSeen(appUrl: string, workerUrl: string, seen: Seen): Generator<Result> {
  const foreign = seen.registrations.filter(({ script }) => script !== workerUrl)
  for (const { script, scope } of foreign) {
    const what = `${shown(script)} is registered for ${shown(scope)}`
    yield found('foreign-worker-registered', { subject: scope, what })
  }
  if (!seen.isCovered) yield found('page-not-covered', { subject: appUrl })
  if (seen.hasBridge === false) yield found('bridge-missing', { subject: appUrl })
  for (const error of seen.errors) yield* errorFindings(appUrl, error)
}

/** What an error of the guardian says about the deployment: its flaws one by one, or the error as it is. */
export function* errorFindings(
  appUrl: string,
  { code, message }: Seen['errors'][number],
): Generator<Result> {
  const flaws = code === 'deployment-unsafe' ? flawsIn(message) : []
  for (const flaw of flaws) yield foundFlaw(flaw, new URL(appUrl).origin)
  if (flaws.length > 0) return
  yield found('guardian-error', { subject: appUrl, what: `${shown(code)}: ${shown(message)}` })
}

/** The flaws that a `deployment-unsafe` lists, in the form that the guardian gives them. */
function flawsIn(message: string): readonly Flaw[] {
  return [...message.matchAll(/(?:^|: |; )([a-z-]+: [^;]+)/g)]
    .map(([, flaw = '']) => flaw)
    .filter((flaw): flaw is Flaw => Object.hasOwn(FINDINGS, flaw.slice(0, flaw.indexOf(':'))))
}
