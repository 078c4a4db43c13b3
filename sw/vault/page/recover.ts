import { registerVaultWorker } from './register-vault-worker.ts'

/**
 * Runs on the flow's paths when the network answered instead of the vault's worker: on the first visit where the browser keeps
 * the top-level vault apart from its frames, or when the worker was lost on the way. The worker completes what the reload brings.
 */
export async function recover(): Promise<void> {
  const [navigation] = performance.getEntriesByType('navigation')
  const wasReloaded = (navigation as PerformanceNavigationTiming | undefined)?.type === 'reload'
  try {
    await registerVaultWorker()
    // Reloaded already, and the worker was not asked: once more would be once more.
    if (!wasReloaded) return location.reload()
  } catch {
    // Said below.
  }
  const paragraph = document.querySelector('p')
  if (paragraph) {
    paragraph.textContent =
      'Signing in needs a service worker, and it could not be started. Go back to the app and try again.'
  }
}
