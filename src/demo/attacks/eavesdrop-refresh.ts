import { inWords, noteOnSession, sleep, verdict, within } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import { Eavesdropper } from './eavesdrop.ts'
import { findSecrets } from './find-secrets.ts'

/** Listens on every channel, with the browser's own functions hooked, while tokens are renewed and used. */
export async function eavesdropRefresh(context: AttackContext): Promise<AttackResult> {
  const { client, apiOrigin } = context
  const notes: string[] = [...noteOnSession(context)]
  const eavesdropper = new Eavesdropper().start(true)
  const answers: unknown[] = []
  const acts: readonly (() => Promise<unknown>)[] = [
    async () => client.refresh(),
    async () => client.getUser(),
    async () => (await fetch(`${apiOrigin}/v1/me`)).text(),
  ]
  for (const act of acts) {
    try {
      answers.push(await within(8000, act()))
    } catch (error) {
      notes.push(`Refused: ${inWords(error)}`)
      answers.push({ ...(error as object), text: inWords(error) })
    }
  }
  await sleep(400)
  const found = [...eavesdropper.stop(), ...findSecrets(answers, 'answer to the page')]
  const timings = performance.getEntriesByType('resource').map(({ name }) => name)
  found.push(...findSecrets(timings, 'performance entries'))
  notes.push(`${eavesdropper.heard.length} messages and calls were overheard during a refresh.`)
  return verdict(found, notes)
}
