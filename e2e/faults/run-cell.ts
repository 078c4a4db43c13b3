import { expect } from '@playwright/test'

import type { ServerControl } from '../fixtures/control.ts'
import { sentAfterSuccessor } from '../fixtures/kill-rounds.ts'
import type { FaultMeanwhile, FaultOfRequest } from './faults.ts'
import { hasSession } from './storage-acts.ts'
import { call, refresh, reload, sessionStatus, signIn, type Ending } from './page-acts.ts'
import type { Step } from './steps.ts'
import type { World } from './world.ts'

/** What came of one fault at one moment of a step. */
export interface Outcome {
  /** How the step ended under the fault. */
  readonly ending: Ending
  /** How a refresh ended when everything worked again. */
  readonly refreshed: Ending
  /** Of the session after that: as the page says, and as it says when it was loaded anew. */
  readonly status: string
  readonly statusAnew: string
  /** How calls of the API end then. */
  readonly calls: readonly Ending[]
  /** How calls of another tab ended, to which the fault should not have mattered. */
  readonly callsMeanwhile: readonly Ending[]
  /** Refresh tokens that were sent again after their successor. */
  readonly repeated: number
  /** Refresh tokens that the server refused. */
  readonly refused: number
}

/** Slow, where nobody but the page has a deadline. */
const LATE = { kind: 'delay', ms: 3000 } as const

/** The fault is there before the step begins, and stays until it has ended. */
export async function strikeBefore(
  world: World,
  step: Step,
  fault: FaultOfRequest | FaultMeanwhile,
): Promise<Outcome> {
  await makeReady(world)
  if ('kind' in fault) {
    const { server, path, isPatient, ...where } = step.strikeAt(world)
    const how = fault.kind === 'hang' && isPatient ? LATE : { kind: fault.kind, ...fault.options }
    const { kind, ...options } = how
    await server.fault(path, kind, { ...where, ...options })
  } else await fault.strike(world, world.insides!)
  await step.prepare?.(world)
  const outcomes = await Promise.all([step.act(world), callMeanwhile(world, step, fault)])
  return judge(world, step, fault, ...outcomes)
}

/** The fault comes while the server has the request of the step. */
export async function strikeWithin(
  world: World,
  step: Step,
  fault: FaultMeanwhile,
): Promise<Outcome> {
  await makeReady(world)
  const { server, path, method, skip = 0 } = step.strikeAt(world)
  const before = await server.count(`${method} ${path}`)
  await server.fault(path, 'hang', { method, skip, times: 1 })
  await step.prepare?.(world)
  const acting = step.act(world)
  await expect
    .poll(() => server.count(`${method} ${path}`), { message: `${method} ${path}` })
    .toBeGreaterThan(before + skip)
  await fault.strike(world, world.insides!)
  const calling = callMeanwhile(world, step, fault)
  const [ending, callsMeanwhile] = await Promise.all([acting, calling, server.release()])
  return judge(world, step, fault, ending, callsMeanwhile)
}

/** Signed in, with a token that is good for longer than a cell takes, and no fault anywhere. */
async function makeReady(world: World): Promise<void> {
  const { tab, appOrigin } = world
  await Promise.all(serversOf(world).map((server) => server.reset()))
  await reload(tab, appOrigin)
  if ((await sessionStatus(tab)) !== 'signed-in') expect(await signIn(tab)).toBe('ok')
  else expect(await refresh(tab)).toBe('ok')
  await tab.evaluate(() => (window.clientEvents.length = 0))
}

async function callMeanwhile(
  { other, apiOrigin, engine }: World,
  { callsGoOn, name }: Step,
  fault: FaultOfRequest | FaultMeanwhile,
): Promise<readonly Ending[]> {
  if (!callsGoOn || 'ends' in fault) return []
  if (name === 'update' && 'hidesSessions' in fault) return []
  const endings = [await call(other, apiOrigin), await call(other, apiOrigin)]
  // WebKit sends one of a hundred calls to the network, without a token, while it ends the worker that had it. They are not counted,
  // but made: by them a worker sees that its row was damaged, and only one that knows the session can write it anew.
  return name === 'update' && engine === 'webkit' ? [] : endings
}

async function judge(
  world: World,
  step: Step,
  fault: FaultOfRequest | FaultMeanwhile,
  ending: Ending,
  callsMeanwhile: readonly Ending[],
): Promise<Outcome> {
  const { tab, appOrigin, apiOrigin, as, guardianPage } = world
  const used = await as.issued()
  await Promise.all(serversOf(world).map((server) => server.reset()))
  if ('heal' in fault) await fault.heal?.(world, world.insides!)
  // What is not known any more leads to the start page.
  if (typeof ending === 'object') await reload(tab, appOrigin)
  const mayBeOver = step.ends === true || 'ends' in fault
  const refreshed = step.ends ? 'ok' : await refresh(tab)
  const calls = [await call(tab, apiOrigin), await call(tab, apiOrigin)]
  const isOver = calls.includes('ok') ? 'signed-in' : 'signed-out'
  const status = await sessionStatus(tab, mayBeOver ? isOver : 'signed-in')
  if (!('ends' in fault)) {
    // What could not be written is written now.
    await expect
      .poll(() => guardianPage.evaluate(hasSession), {
        message: `a session on disk when the page says ${status}`,
      })
      .toBe(status === 'signed-in')
  }
  // What was only in memory is gone now.
  await world.insides?.killWorker()
  await reload(tab, appOrigin)
  const { usedRefreshTokens, refusedRefreshTokens } = await as.issued()
  return {
    ending,
    refreshed,
    status,
    statusAnew: await sessionStatus(tab),
    calls,
    callsMeanwhile,
    repeated: sentAfterSuccessor([...used.usedRefreshTokens, ...usedRefreshTokens]),
    refused: used.refusedRefreshTokens.length + refusedRefreshTokens.length,
  }
}

function serversOf({ as, api, guardian }: World): readonly ServerControl[] {
  return [as, api, guardian]
}
