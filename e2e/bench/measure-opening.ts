import { inRounds, type ByMode } from './measure-requests.ts'
import type { Stopper } from './stop-workers.ts'
import type { Bench } from './tabs.ts'

export const openingModes = ['guardian-idb', 'vault'] as const

type Opening = ByMode<(typeof openingModes)[number]>

export interface OpeningSamples {
  /** Until the page knows its session, and then has the answer to a request. */
  readonly ready: Opening
  readonly afterReady: Opening
  /** Until the answer to a request that the page made before anything else was known. */
  readonly atOnce: Opening
}

/**
 * From a navigation to the first authorised answer when nothing runs: no page of the app is open and every worker is stopped.
 * It closes the modes' pages.
 */
export async function measureOpening(
  bench: Bench,
  workers: Stopper,
  rounds: number,
): Promise<OpeningSamples> {
  const few = Math.ceil(rounds / 2)
  const ready = new Map<string, number[][]>(openingModes.map((mode) => [mode, []]))
  for (const mode of openingModes) await bench.tabs[mode].page.close()
  const afterReady = await inRounds(openingModes, few, async (mode) => {
    const opened = await open(bench, workers, mode, 'after-ready')
    ready.get(mode)?.push([opened.readyMs])
    return [opened.answerMs]
  })
  const atOnce = await inRounds(openingModes, few, async (mode) => [
    (await open(bench, workers, mode, 'at-once')).answerMs,
  ])
  return { ready: Object.fromEntries(ready) as unknown as Opening, afterReady, atOnce }
}

async function open(
  { context, stack }: Bench,
  workers: Stopper,
  mode: (typeof openingModes)[number],
  when: 'after-ready' | 'at-once',
): Promise<{ readonly readyMs: number; readonly answerMs: number }> {
  const { origin } = stack.apps[mode]
  const url = `${origin}/?${new URLSearchParams({ first: stack.apiUrl, when })}`
  const page = await context.newPage()
  try {
    await page.goto(url)
    const opened = await page.evaluate(() => bench.opened)
    if (opened === undefined) throw new Error(`${mode}: the page made no request`)
    return opened
  } finally {
    await page.close()
    await workers.stop(
      `${origin}/sw.js`,
      ...(mode === 'vault' ? [`${stack.vault.origin}/guardian-sw.js`] : []),
    )
  }
}
