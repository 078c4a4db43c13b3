import { parseRequest } from '../../src/contract/parse-request.ts'

declare const self: ServiceWorkerGlobalScope

/**
 * Runs a task when a page says something to the guardian: pages do so when they open and whenever a session changed, which is how
 * a worker that was ended meanwhile learns of it. One run at a time, and once more for what came during a run.
 */
export function atPageMessages(task: () => Promise<void>): void {
  let running: Promise<void> | undefined
  let isWanted = false
  const run = async (): Promise<void> => {
    while (isWanted) {
      isWanted = false
      await task().catch(() => undefined)
    }
    running = undefined
  }
  self.addEventListener('message', (event) => {
    if (!parseRequest(event.data).ok) return
    isWanted = true
    running ??= run()
    event.waitUntil(running)
  })
}
