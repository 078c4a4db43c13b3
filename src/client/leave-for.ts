/** Milliseconds: longer than a worker waits for a server, twice: for its metadata, and for a pushed request. */
const AGAIN_MS = 22_000

/**
 * Navigates, and once more if this page is there still after a while: in Chromium a navigation whose worker is ended before it
 * answered neither fails nor starts again.
 */
export function leaveFor(url: string): void {
  location.assign(url)
  const timer = setTimeout(() => location.assign(url), AGAIN_MS)
  addEventListener('pagehide', () => clearTimeout(timer), { once: true })
}
