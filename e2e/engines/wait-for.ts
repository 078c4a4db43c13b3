import { LOOK_AGAIN_MS } from './session.ts'

/**
 * Asks until there is an answer. An error counts as none: a page that is being replaced cannot be asked.
 * @throws Error that tells what was waited for, and the last error as its cause
 */
export async function waitFor<Answer>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const end = Date.now() + timeoutMs
  let cause: unknown
  do {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
      cause = undefined
    } catch (error) {
      cause = error
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  } while (Date.now() < end)
  throw new Error(`Not within ${timeoutMs} ms: ${what}`, { cause })
}
