/** Milliseconds in which the own host, which only serves files, answers if there is a network. */
const DEADLINE_MS = 3000

/**
 * Whether requests reach anything: browsers say that they are online also where nothing does. Asks the worker's own host, which is
 * not the server whose silence is in question. A policy that forbids the request looks like no network.
 */
export async function hasNetwork({
  navigator,
  location,
}: Pick<ServiceWorkerGlobalScope, 'navigator' | 'location'>): Promise<boolean> {
  if (!navigator.onLine) return false
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS)
    await fetch(location.href, { method: 'HEAD', cache: 'no-store', credentials: 'omit', signal })
    return true
  } catch {
    return false
  }
}
