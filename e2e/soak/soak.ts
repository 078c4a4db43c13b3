import { buildClientPage } from '../fixtures/client-page.ts'
import { removeBuilds } from '../fixtures/demo-builds.ts'
import type { Topology } from '../fixtures/topologies.ts'
import { heapsInWords, judgeHeaps, measureGrowth, readHeaps, type Growth } from './memory.ts'
import { openWorld, type OpenWorld } from './open-world.ts'
import { nextRound } from './rounds.ts'
import { judgeReach } from './secrets-in-reach.ts'

export interface SoakOptions {
  readonly minutes: number
  readonly seed: number
  /** They share the minutes. */
  readonly topologies: readonly Topology[]
}

/** Share of the time that is for the memory of calls one after the other. */
const QUIET_SHARE = 0.35
const PROGRESS_MS = 30_000
/** Milliseconds between looks at what reached the API, whose log is short. */
const LOOK_MS = 2000
const MOST_VIOLATIONS_SHOWN = 30

/**
 * Puts the demo under load and trouble, prints how it fares each half minute and what came of it.
 * @returns whether everything held that must hold
 */
export async function soak({ minutes, seed, topologies }: SoakOptions): Promise<boolean> {
  console.log(`Soak for ${minutes} minutes: ${topologies.join(', ')}; --seed ${seed}`)
  await removeBuilds()
  await buildClientPage()
  try {
    let isGood = true
    for (const topology of topologies) {
      const forMs = (minutes * 60_000) / topologies.length
      isGood = (await soakTopology(topology, seed, forMs)) && isGood
    }
    console.log(isGood ? '\nEverything held.' : '\nFAILED')
    return isGood
  } finally {
    await removeBuilds()
  }
}

async function soakTopology(topology: Topology, seed: number, forMs: number): Promise<boolean> {
  console.log(`\n${topology}`)
  const world = await openWorld(topology, seed)
  const { oracle, stack } = world
  const looking = setInterval(() => oracle.judgeRequests(stack.api.control.report()), LOOK_MS)
  try {
    const happened = await goThroughRounds(world, forMs * (1 - QUIET_SHARE))
    const growth = await measureGrowth(world, forMs * QUIET_SHARE)
    oracle.judgeRequests(stack.api.control.report())
    oracle.judgeRefreshes(await world.as.issued(), world.ended.sessions)
    const secrets = await judgeReach(world)
    await report(world, happened, growth, secrets)
    return oracle.violations.length === 0
  } finally {
    clearInterval(looking)
    await world.close()
  }
}

/** @returns how often each round was */
async function goThroughRounds(world: OpenWorld, forMs: number): Promise<Map<string, number>> {
  const begun = Date.now()
  const happened = new Map<string, number>()
  const first = await readHeaps(world)
  let nextProgress = begun + PROGRESS_MS
  while (Date.now() - begun < forMs) {
    const { name, run } = nextRound(world.random)
    happened.set(name, (happened.get(name) ?? 0) + 1)
    world.oracle.note(name)
    await run(world).catch((error: unknown) =>
      world.oracle.violate(`the round “${name}”: ${String(error)}`),
    )
    if (Date.now() < nextProgress) continue
    nextProgress += PROGRESS_MS
    const heaps = await readHeaps(world)
    judgeHeaps(world, first, heaps)
    const seconds = Math.round((Date.now() - begun) / 1000)
    console.log(`${seconds} s: ${await countsOf(world)}; ${heapsInWords(heaps)}`)
  }
  return happened
}

async function countsOf({ oracle, as, ended }: OpenWorld): Promise<string> {
  const { calls, sessionsLost, withoutToken } = oracle.counts
  const all = Object.values(calls).reduce((sum, count) => sum + count, 0)
  return [
    `${all} calls`,
    `${calls.lost + calls.broken + calls.wrong} failed`,
    `${calls.hung} hung`,
    `${withoutToken} without a token`,
    `${await as.count('POST /token')} token requests`,
    `${ended.workers} workers ended`,
    `${sessionsLost} sessions lost`,
    `${oracle.violations.length} violations`,
  ].join(', ')
}

async function report(
  world: OpenWorld,
  happened: ReadonlyMap<string, number>,
  growth: Growth,
  secrets: number,
): Promise<void> {
  const { oracle } = world
  const { answered, ...failed } = oracle.counts.calls
  const rounds = [...happened].map(([name, count]) => `${count} × ${name}`).toSorted()
  const { refreshTokens, usedRefreshTokens } = await world.as.issued()
  console.log(
    [
      `In the end: ${await countsOf(world)}`,
      `Calls: ${answered} answered, ${Object.entries(failed)
        .map(([ending, count]) => `${count} ${ending}`)
        .join(', ')}`,
      `Refreshes: ${usedRefreshTokens.length} asked for, ${refreshTokens.length} refresh tokens issued`,
      `Growth after ${growth.calls} calls one after the other: ${heapsInWords(growth.heaps)}`,
      `Secrets looked for: ${secrets}`,
      `Rounds: ${rounds.join(', ')}`,
      ...oracle.violations.slice(0, MOST_VIOLATIONS_SHOWN).map((what) => `VIOLATION ${what}`),
    ].join('\n'),
  )
}
