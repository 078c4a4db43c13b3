import type { AuthError } from '../contract/errors.ts'
import {
  CONTRACT_VERSION,
  PROBE_HEADER,
  PROBE_QUERY,
  type SessionReply,
} from '../contract/messages.ts'
import type { Session } from '../contract/session.ts'
import { askGuardian, clientError } from './ask-guardian.ts'

/** Until it is known whether a worker covers the page. */
export const UNKNOWN: Session = { status: 'unprotected', code: 'page-not-covered' }

/** The worker's answer, and whether it is of another version than this code. */
export interface Cover {
  readonly reply: SessionReply
  readonly isOutdated: boolean
}

/**
 * Makes sure that this page's requests go through the registration's worker.
 *
 * 1. No controller (first visit, hard reload): ask the active worker to claim the page, and wait for it.
 * 2. A controller is not enough: after some updates the browser names one and does not ask it. A probe request to a path
 *    that only the guardian answers shows the truth.
 *
 * @param ask also fetches the session, so that one round trip is enough
 * @param probePath if it is known from before: a worker of somebody else is not waited for then
 * @throws AuthError `page-not-covered`, and those of {@link askGuardian}
 */
export async function coverPage(
  registration: ServiceWorkerRegistration,
  ask: (worker: ServiceWorker) => Promise<SessionReply>,
  probePath?: string,
): Promise<Cover> {
  const container = navigator.serviceWorker
  if (!container.controller && registration.active) {
    const controlled = nextController()
    await askGuardian(registration.active, { type: 'claim' })
    if (!container.controller) await controlled
  }
  if (probePath !== undefined) await probe(probePath)
  // A new version may take over while the old worker, or one without a guardian, is being asked.
  let reply: SessionReply | undefined
  while (!reply) {
    if (!container.controller) throw notCovered()
    reply = await Promise.race([ask(container.controller), nextController()])
  }
  return { reply, isOutdated: (await probe(reply.probePath)) !== String(CONTRACT_VERSION) }
}

/** The version of the worker that gets this page's requests. */
async function probe(path: string): Promise<string> {
  const answer = await fetch(path + PROBE_QUERY, { redirect: 'manual' }).catch(() => null)
  const version = answer?.headers.get(PROBE_HEADER)
  if (!version) throw notCovered()
  return version
}

function nextController(): Promise<undefined> {
  return new Promise((resolve) => {
    const done = (): void => resolve(undefined)
    navigator.serviceWorker.addEventListener('controllerchange', done, { once: true })
  })
}

export function notCovered(): AuthError {
  return clientError('page-not-covered', 'The worker does not get this page’s requests; reload it')
}
