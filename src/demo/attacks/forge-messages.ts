import { noteOnSession, sleep, verdict } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import { Eavesdropper } from './eavesdrop.ts'
import { findSecrets } from './find-secrets.ts'
import { forgedMessages } from './forged-messages.ts'
import { changes, snapshot } from './session-check.ts'

/** Floods the guardian with forged messages and searches every answer for something that a page must not have. */
export async function forgeMessages(context: AttackContext): Promise<AttackResult> {
  const notes: string[] = [...noteOnSession(context)]
  const before = await snapshot(context)
  const registration = await navigator.serviceWorker.getRegistration()
  const target = navigator.serviceWorker.controller ?? registration?.active
  if (!target) return { outcome: 'skipped', found: [], notes: ['There is no worker to send to.'] }
  const eavesdropper = new Eavesdropper().start()
  const replies: unknown[] = []
  const ports: MessagePort[] = []
  let sent = 0
  for (const message of forgedMessages()) {
    const channel = new MessageChannel()
    const extra = new MessageChannel()
    for (const port of [channel.port1, extra.port1]) {
      port.addEventListener('message', ({ data }) => replies.push(data as unknown))
      port.start()
      ports.push(port)
    }
    try {
      // One port as the library does it, then two, then none.
      target.postMessage(message, sent % 3 === 0 ? [channel.port2, extra.port2] : [channel.port2])
      if (sent % 3 === 1) target.postMessage(message)
      sent += 1
    } catch {
      // This one cannot be cloned, so it cannot be sent either.
    }
    if (sent % 40 === 0) await sleep(20)
  }
  await sleep(1500)
  const found = [...eavesdropper.stop(), ...replies.flatMap((reply) => secretsIn(reply, context))]
  for (const port of ports) port.close()
  const refused = replies.filter((reply) => (reply as { ok?: unknown } | null)?.ok === false).length
  notes.push(`${sent} forged messages, ${replies.length} answers, ${refused} of them refusals.`)
  notes.push(`${eavesdropper.heard.length} further messages and events were overheard.`)
  found.push(...changes(before, await snapshot(context)))
  if (Object.hasOwn(Object.prototype, 'admin')) found.push('Object.prototype was polluted')
  return verdict(found, notes)
}

/** A reply may hold a session or the address where a sign-in starts: on this origin, or at the configured server. */
function secretsIn(reply: unknown, { asOrigin, guardianOrigin }: AttackContext): string[] {
  const found = findSecrets(reply, 'answer')
  const url = (reply as { value?: { url?: unknown } } | null)?.value?.url
  if (typeof url !== 'string') return found
  const { origin, searchParams } = new URL(url, location.href)
  if (origin !== guardianOrigin && origin !== asOrigin) found.push(`answer leads to ${origin}`)
  for (const [name, value] of searchParams) {
    if (value.includes('evil')) found.push(`answer carries the forged ${name}=${value}`)
  }
  return found
}
