import { attempt, inWords, within } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import { silentFrameFlow } from './silent-frame-flow.ts'

/** Removes the guardian first, so that only the server's answer to the redirect URI stands in the way. */
export async function unregisterWorker(context: AttackContext): Promise<AttackResult> {
  const notes: string[] = []
  for (const registration of await navigator.serviceWorker.getRegistrations()) {
    notes.push(
      (await registration.unregister())
        ? `Removed the worker for ${registration.scope}.`
        : `The worker for ${registration.scope} could not be removed.`,
    )
  }
  let result: AttackResult
  try {
    result = await silentFrameFlow(context)
  } finally {
    notes.push(await registerAgain(context))
  }
  return { ...result, notes: [...notes, ...result.notes] }
}

async function registerAgain({ workerUrl, workerType }: AttackContext): Promise<string> {
  try {
    const registration = await within(
      8000,
      navigator.serviceWorker.register(workerUrl, { scope: '/', type: workerType }),
    )
    const state = attempt(() => (registration?.active ?? registration?.installing)?.state)
    return `The worker is registered again (${state ?? 'no answer yet'}). Reload the page and sign in again if asked.`
  } catch (error) {
    return `The worker could not be registered again: ${inWords(error)}. Reload the page.`
  }
}
