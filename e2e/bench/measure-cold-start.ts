import type { CDPSession } from 'playwright'

import { inRounds, type ByMode } from './measure-requests.ts'
import type { Bench } from './tabs.ts'

export const coldModes = ['pass-through', 'guardian-idb'] as const

/**
 * The first API request after the worker was stopped. The guardian is the one with storage: in the memory mode the session
 * ends with the worker, so there is no request to measure.
 */
export async function measureColdStart(
  { context, stack, tabs }: Bench,
  rounds: number,
): Promise<ByMode<(typeof coldModes)[number]>> {
  const session = await context.newCDPSession(tabs['pass-through'].page)
  const running = await watchWorkers(session)
  return inRounds(coldModes, rounds, async (mode) => {
    const { page, headers } = tabs[mode]
    const script = `${stack.apps[mode].origin}/sw.js`
    const url = stack.apiUrl
    await page.bringToFront()
    // Runs, so that there is something to stop; and all of the path but the worker is warm.
    await page.evaluate((asked) => bench.sequential(asked.url, 3, asked.headers), { url, headers })
    await until(() => running.has(script), `${script} runs`)
    await session.send('ServiceWorker.stopAllWorkers')
    await until(() => !running.has(script), `${script} is stopped`)
    return page.evaluate((asked) => bench.sequential(asked.url, 1, asked.headers), { url, headers })
  })
}

/** @returns the scripts of the workers that run now */
async function watchWorkers(session: CDPSession): Promise<ReadonlySet<string>> {
  const running = new Set<string>()
  session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
    for (const { scriptURL, runningStatus } of versions) {
      if (runningStatus === 'stopped') running.delete(scriptURL)
      else running.add(scriptURL)
    }
  })
  await session.send('ServiceWorker.enable')
  return running
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`Not in 10 seconds: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
