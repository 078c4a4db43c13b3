import { apiModes, type Mode } from './modes.ts'
import { shuffled, type Rounds } from './statistics.ts'
import type { Bench } from './tabs.ts'

/** Samples in milliseconds, by mode. */
export type ByMode<Name extends Mode> = Readonly<Record<Name, Rounds>>

export interface RequestSamples {
  readonly sequential: ByMode<(typeof apiModes)[number]>
  /** One sample is a burst: from its first request to its last body. */
  readonly parallel: ByMode<(typeof apiModes)[number]>
  /** Requests of the own origin that are not for an API. */
  readonly otherRequests: ByMode<(typeof otherModes)[number]>
  /** The static route that those took; empty without one. */
  readonly otherRoutes: Readonly<Record<string, string>>
}

export const otherModes = ['direct', 'routed', 'guardian'] as const
export const burstSize = 50

const warmUps = 60
/** Few, so that noise of the machine meets every mode alike. */
const sequentialPerRound = 10
/** The first requests after another tab was measured; they are not counted. */
const leadIn = 2

/** Measures every mode in every round, in an order that changes from round to round. */
export async function measureRequests(bench: Bench, rounds: number): Promise<RequestSamples> {
  for (const mode of apiModes) await sequential(bench, mode, bench.stack.apiUrl, warmUps)
  for (const mode of otherModes) await sequential(bench, mode, ownUrl(bench, mode), warmUps)
  return {
    sequential: await inRounds(apiModes, rounds, (mode) =>
      sequential(bench, mode, bench.stack.apiUrl, sequentialPerRound),
    ),
    parallel: await inRounds(apiModes, rounds, async (mode) => [await burst(bench, mode)]),
    otherRequests: await inRounds(otherModes, rounds, (mode) =>
      sequential(bench, mode, ownUrl(bench, mode), sequentialPerRound),
    ),
    otherRoutes: await routesOf(bench),
  }
}

async function routesOf(opened: Bench): Promise<Record<string, string>> {
  const routes: Record<string, string> = {}
  for (const mode of otherModes) {
    const { page } = opened.tabs[mode]
    routes[mode] = await page.evaluate((url) => bench.routeOf(url), ownUrl(opened, mode))
  }
  return routes
}

export async function inRounds<Name extends Mode>(
  names: readonly Name[],
  rounds: number,
  measure: (mode: Name) => Promise<number[]>,
): Promise<ByMode<Name>> {
  const samples = new Map<Name, number[][]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const mode of shuffled(names)) samples.get(mode)?.push(await measure(mode))
  }
  return Object.fromEntries(samples) as unknown as ByMode<Name>
}

function ownUrl({ stack }: Bench, mode: Mode): string {
  return `${stack.apps[mode].origin}/small.json`
}

async function sequential(
  { tabs }: Bench,
  mode: Mode,
  url: string,
  count: number,
): Promise<number[]> {
  const { page, headers } = tabs[mode]
  await page.bringToFront()
  const samples = await page.evaluate(
    (asked) => bench.sequential(asked.url, asked.count, asked.headers),
    { url, count: leadIn + count, headers: url.includes('/v1/') ? headers : {} },
  )
  return samples.slice(leadIn)
}

async function burst({ tabs, stack }: Bench, mode: Mode): Promise<number> {
  const { page, headers } = tabs[mode]
  await page.bringToFront()
  const { ms, succeeded } = await page.evaluate(
    (asked) => bench.parallel(asked.url, asked.count, asked.headers),
    { url: stack.apiUrl, count: burstSize, headers },
  )
  if (succeeded !== burstSize) throw new Error(`${mode}: ${succeeded} of ${burstSize} succeeded`)
  return ms
}
