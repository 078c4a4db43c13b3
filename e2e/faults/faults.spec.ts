import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { test as base, expect } from '@playwright/test'

import { SharedFirefox } from '../engines/firefox.ts'
import {
  faultsMeanwhile,
  faultsOfRequests,
  type FaultMeanwhile,
  type FaultOfRequest,
} from './faults.ts'
import { openWorld, type WorldOptions } from './open-world.ts'
import { strikeBefore, strikeWithin, type Outcome } from './run-cell.ts'
import { steps, type Step } from './steps.ts'
import type { World } from './world.ts'

/** One line for each try, for the table in docs/reliability.md. */
const TALLY = fileURLToPath(new URL('../../.build/results/faults.jsonl', import.meta.url))
const README = fileURLToPath(new URL('../../README.md', import.meta.url))

/** One world for all cells: what one cell leaves behind is there in the next. A new one after a failure. */
const test = base.extend<object, WorldOptions & { readonly world: World }>({
  engine: ['chromium', { option: true, scope: 'worker' }],
  topology: ['same-origin', { option: true, scope: 'worker' }],
  isUndebugged: [false, { option: true, scope: 'worker' }],
  world: [
    async ({ engine, topology, isUndebugged }, use) => {
      const firefox = new SharedFirefox()
      const world = await openWorld({ engine, topology, isUndebugged }, firefox)
      await use(world)
      await world.close()
      await firefox.close()
    },
    { scope: 'worker' },
  ],
})

for (const step of steps) {
  for (const fault of faultsOfRequests) {
    test(`${step.name}: ${fault.name}`, async ({ world }) => {
      const outcome = await strikeBefore(world, step, fault)
      await tally(world, step, fault, outcome)
      await check(outcome, step)
    })
  }
  for (const fault of faultsMeanwhile) {
    const needs = fault.needsInsides ? ' @insides' : ''
    for (const [moment, strike] of [
      ['before', strikeBefore],
      ['within', strikeWithin],
    ] as const) {
      test(`${step.name}: ${fault.name}, ${moment} the step${needs}`, async ({ world }) => {
        const outcome = await strike(world, step, fault)
        await tally(world, step, fault, outcome)
        // A browser may say that it could not load the script; Firefox did so once of eighty times.
        expect(outcome.ending, 'a new version is active').not.toEqual({ code: 'not-activated' })
        await check(outcome, step, fault.ends)
      })
    }
  }
}

/** The oracle, the same for all: a session ends only when the server refused it or the user ended it, and the page says so. */
async function check(outcome: Outcome, step: Step, faultEnds = false): Promise<void> {
  const { ending, status, statusAnew, calls, callsMeanwhile, repeated } = outcome
  expect(ending, 'nothing hangs').not.toBe('hung')
  if (typeof ending === 'object' && step.name !== 'update' && step.name !== 'replay') {
    expect(await readFile(README, 'utf8'), 'a documented code').toContain(`\`${ending.code}\``)
  }
  expect(isLost(outcome, step, faultEnds), `the session: ${JSON.stringify(outcome)}`).toBe(false)
  if (step.ends) expect(status).toBe('signed-out')
  expect(statusAnew, 'the same after the worker was ended').toBe(status)
  const expected = status === 'signed-in' ? 'ok' : { code: 'status 401' }
  for (const end of calls) expect(end, `a call when the page says ${status}`).toEqual(expected)
  for (const end of callsMeanwhile) expect(end, 'a call meanwhile').toBe('ok')
  expect(repeated, 'refresh tokens sent after their successor').toBe(0)
}

function isLost(
  { refreshed, status, statusAnew, refused }: Outcome,
  step: Step,
  faultEnds: boolean,
): boolean {
  if (step.ends || faultEnds || refused > 0) return false
  return refreshed !== 'ok' || status !== 'signed-in' || statusAnew !== 'signed-in'
}

/** Counts what came of a try, also where {@link check} fails then. */
async function tally(
  { engine, topology }: World,
  step: Step,
  fault: FaultOfRequest | FaultMeanwhile,
  outcome: Outcome,
): Promise<void> {
  const { ending, status, calls, callsMeanwhile, repeated } = outcome
  const afterwards = status === 'signed-in' ? calls : []
  const line = {
    engine,
    topology,
    step: step.name,
    fault: fault.name,
    sessionsLost: Number(isLost(outcome, step, 'ends' in fault)),
    requestsLost: [...afterwards, ...callsMeanwhile].filter((end) => end !== 'ok').length,
    hangs: [ending, ...calls, ...callsMeanwhile].filter((end) => end === 'hung').length,
    repeated,
    outcome,
  }
  await mkdir(dirname(TALLY), { recursive: true })
  await appendFile(TALLY, `${JSON.stringify(line)}\n`)
}
