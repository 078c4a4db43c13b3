import { inRounds, type ByMode } from './measure-requests.ts'
import type { Stopper } from './stop-workers.ts'
import type { Bench } from './tabs.ts'

export const coldModes = ['pass-through', 'guardian-idb'] as const

/**
 * The first API request after the worker was stopped. The guardian is the one with storage: in the memory mode the session
 * ends with the worker, so there is no request to measure.
 */
export async function measureColdStart(
  { stack, tabs }: Bench,
  workers: Stopper,
  rounds: number,
): Promise<ByMode<(typeof coldModes)[number]>> {
  return inRounds(coldModes, rounds, async (mode) => {
    const { page, headers } = tabs[mode]
    const script = `${stack.apps[mode].origin}/sw.js`
    const url = stack.apiUrl
    await page.bringToFront()
    // Runs, so that there is something to stop; and all of the path but the worker is warm.
    await page.evaluate((asked) => bench.sequential(asked.url, 3, asked.headers), { url, headers })
    await workers.stop(script)
    return page.evaluate((asked) => bench.sequential(asked.url, 1, asked.headers), { url, headers })
  })
}
