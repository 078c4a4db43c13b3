/** Milliseconds that responses may go on streaming while the next version wants to take over. */
const PATIENCE_MS = 60_000
/** Milliseconds until the next attempt to end them, and until those are ended that began since. */
const AGAIN_MS = 500
const PAUSE_MS = 10_000

/** What a version says to the one before when it was told to take over. */
interface TakeOverEnvelope {
  readonly tokenGuardianNext: 'takes-over'
}

/**
 * Lets the next version of this worker take over, when a page asks for it or the app calls `skipWaiting`.
 *
 * Browsers wait until the version before has nothing under way. A response that streams through it puts that off, and Chromium
 * waits for five minutes only: then it ends the worker and leaves the pages with a controller that it does not ask. So what streams
 * is ended before, and not at once: a download should come to its end, while an event source connects anew. Nobody tells a version
 * that the next one has called `skipWaiting`, so the next one does.
 * @param endStreams ends the responses that have begun; false when that must wait
 * @param handOn gives the next version what it would miss
 */
export function giveWay(
  self: ServiceWorkerGlobalScope,
  endStreams: () => boolean,
  handOn: (next: ServiceWorker) => void = () => undefined,
): void {
  const skipWaiting = self.skipWaiting.bind(self)
  self.skipWaiting = () => {
    const envelope: TakeOverEnvelope = { tokenGuardianNext: 'takes-over' }
    self.registration.active?.postMessage(envelope)
    return skipWaiting()
  }
  self.addEventListener('message', ({ data, source }) => {
    if (isRecord(data) && data['type'] === 'SKIP_WAITING') void self.skipWaiting()
    // Not from a page, which could end the downloads of other tabs.
    if (!isTakeOver(data) || !(source instanceof ServiceWorker)) return
    // An active version that was started again speaks to itself.
    if (!isComing(source)) return
    handOn(source)
    giveWayTo(source, endStreams)
  })
}

function giveWayTo(next: ServiceWorker, endStreams: () => boolean): void {
  const attempt = (): void => {
    if (isComing(next)) setTimeout(attempt, endStreams() ? PAUSE_MS : AGAIN_MS)
  }
  setTimeout(attempt, PATIENCE_MS)
}

/** Whether a version has yet to take over, and still may. */
export function isComing({ state }: ServiceWorker): boolean {
  return state !== 'activated' && state !== 'redundant'
}

function isTakeOver(data: unknown): boolean {
  const said: TakeOverEnvelope['tokenGuardianNext'] = 'takes-over'
  return isRecord(data) && data['tokenGuardianNext'] === said
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
