import { PROBE_QUERY } from '../../src/contract/messages.ts'

/**
 * Refuses to install where a listener that was there before answers what is the guardian's: a navigation fallback would give the
 * app's page to a URL with a code, and a cache would answer for APIs. Listeners cannot be listed, so requests for the guardian are
 * put to them, in events that script made: no page waits for them. Call it before any other listener of the guardian is added.
 * @param paths to which only the guardian may answer a navigation
 */
export function installOnlyFirstInLine(
  self: ServiceWorkerGlobalScope,
  loginPath: string,
  paths: readonly string[] = [],
): void {
  let trial: FetchEvent | undefined
  self.addEventListener('fetch', (event) => {
    // It came this far; those behind need not see it.
    if (event === trial) event.stopImmediatePropagation()
  })
  const isTaken = (path: string, mode: RequestMode): boolean => {
    let isAnswered = false
    trial = trialEvent(self.location.origin + path, mode, () => {
      isAnswered = true
    })
    self.dispatchEvent(trial)
    return isAnswered
  }
  self.addEventListener('install', (event) => {
    const taken = paths.filter((path) => isTaken(path, 'navigate'))
    if (isTaken(loginPath + PROBE_QUERY, 'cors')) taken.push(loginPath + PROBE_QUERY)
    if (taken.length > 0) event.waitUntil(Promise.reject(new TypeError(notFirst(taken))))
  })
}

function trialEvent(url: string, mode: RequestMode, onAnswer: () => void): FetchEvent {
  const request = new Request(url)
  // Script can neither make a navigation nor answer an event of its own.
  Object.defineProperty(request, 'mode', { value: mode })
  const respondWith = (answer: unknown): void => {
    onAnswer()
    void Promise.resolve(answer).catch(() => undefined)
  }
  return Object.defineProperties(new FetchEvent('fetch', { request }), {
    respondWith: { value: respondWith },
    waitUntil: { value: () => undefined },
  })
}

function notFirst(taken: readonly string[]): string {
  return `Another fetch listener answers ${taken.join(', ')} before the guardian: install it, or import guardian-sw.js, first of all`
}
