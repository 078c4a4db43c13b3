import { readSessions, writeSessions } from '../storage/handed-sessions.ts'
import type { MemoryTokenStore } from '../storage/memory-token-store.ts'
import { isComing } from './give-way.ts'

/** Milliseconds between messages to a version that waits: it would be ended 30 s after the last one, and what it was given with it. */
const AGAIN_MS = 10_000

/**
 * What a version gives to the next one, so that sessions in memory outlive an update. It goes from worker to worker, past every
 * page, and to a worker of this very script only; on disk they would be in reach of the pages.
 */
interface HandOnEnvelope {
  readonly tokenGuardianSessions: unknown
}

/**
 * Takes the sessions of the version before, as long as that is the active one.
 * @returns gives those of this version to the next one: now, after every change, and until that has taken over
 */
export function handOnSessions(
  self: ServiceWorkerGlobalScope,
  tokens: MemoryTokenStore,
): (next: ServiceWorker) => void {
  const isOurs = (other: ServiceWorker): boolean => other.scriptURL === self.location.href
  self.addEventListener('message', ({ data, source }) => {
    if (!(source instanceof ServiceWorker) || !isOurs(source)) return
    const { tokenGuardianSessions } = (data ?? {}) as Partial<HandOnEnvelope>
    if (tokenGuardianSessions !== undefined) tokens.take(readSessions(tokenGuardianSessions))
  })
  return (next) => {
    if (!isOurs(next)) return
    const give = (): void => {
      if (!isComing(next)) return clearInterval(timer)
      const envelope: HandOnEnvelope = { tokenGuardianSessions: writeSessions(tokens.all) }
      next.postMessage(envelope)
    }
    const timer = setInterval(give, AGAIN_MS)
    tokens.onChange = give
    give()
  }
}
