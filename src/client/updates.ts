import type { Update } from './auth-client.ts'
import { takeOver } from './register-worker.ts'

/** Decides when a page hears that loading it anew would help. */
export class Updates {
  readonly #tell: (update: Update) => void
  readonly #untilCovered: () => Promise<unknown>
  #waiting: ServiceWorker | undefined
  #wasFine = false

  constructor(tell: (update: Update) => void, untilCovered: () => Promise<unknown>) {
    this.#tell = tell
    this.#untilCovered = untilCovered
  }

  /** A newer version waits. The browser says so to every look at the registration. */
  waits(worker: ServiceWorker): void {
    if (worker === this.#waiting) return
    this.#waiting = worker
    const apply = async (): Promise<void> => {
      await takeOver(worker)
      await this.#untilCovered()
    }
    this.#tell({ reason: 'waiting', apply })
  }

  /** The worker covers the page, and both are of one version. */
  isFine(): void {
    this.#wasFine = true
  }

  /** A page that was just loaded anew and is no better is not told to do it again. */
  isNotFine(reason: 'outdated' | 'uncovered'): void {
    const [navigation] = performance.getEntriesByType('navigation')
    const wasReloaded = (navigation as PerformanceNavigationTiming | undefined)?.type === 'reload'
    if (this.#wasFine || !wasReloaded) this.#tell({ reason, apply: () => Promise.resolve() })
  }
}
