import { attempt, noteOnSession, skipped, sleep, verdict } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import { reportsInDocument } from './csp-report-leak.ts'
import { describePlaces, Loot, poll, RESPONSE_MODES, startOwnFlow } from './own-flow.ts'

const FEATURES = 'popup,width=420,height=320'

/** The same in a popup, where rules for frames do not count; then from inside a popup on a page of this origin. */
export async function popupFlow(context: AttackContext): Promise<AttackResult> {
  // Opened before anything is awaited: browsers want the click to be fresh.
  let popup = window.open('about:blank', '', FEATURES)
  if (popup === null) return skipped('The browser blocked the popup: use its own Run button.')
  const loot = new Loot()
  const notes: string[] = [...noteOnSession(context)]
  for (const mode of RESPONSE_MODES) {
    const { url } = await startOwnFlow(context, mode)
    popup.location.href = url
    await poll(loot, () => [popup], `popup (${mode})`, 1500)
    if (popup.closed) {
      // The opener policy of this page cut the tie, so what the popup shows is out of reach, also for closing it.
      notes.push(
        `The browser cut this page off from the popup (${mode}); close that window by hand.`,
      )
      popup = window.open('about:blank', '', FEATURES)
      if (popup === null) break
      continue
    }
    popup.location.href = '/offline.html'
    await sleep(300)
    loot.inspect(popup, `popup (${mode}), after leaving it`)
  }
  notes.push(describePlaces(loot, 'Popup'))
  if (popup === null) notes.push('The browser allowed no second popup, so the rest was not tried.')
  else await reportTrickInside(popup, context, loot, notes)
  popup?.close()
  return verdict(loot.found, notes)
}

async function reportTrickInside(
  popup: Window,
  context: AttackContext,
  loot: Loot,
  notes: string[],
): Promise<void> {
  popup.location.href = '/no-such-page.txt'
  await sleep(500)
  const inside = attempt(() => popup.document)
  if (!inside?.body) {
    notes.push('A popup on a page that does not exist was out of reach.')
    return
  }
  await reportsInDocument(context, loot, inside, 'popup on a missing page')
  notes.push('Also tried the report trick from inside a popup on a page that does not exist.')
}
