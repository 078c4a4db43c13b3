import { chromium, type Browser, type BrowserContext } from 'playwright'

import { pageTab } from '../engines/playwright-browser.ts'
import { signIn } from '../faults/page-acts.ts'
import { chromiumArguments } from '../fixtures/chromium-arguments.ts'
import { headlessShellPath } from '../fixtures/chromium-paths.ts'
import { ApiControl, AuthorizationServerControl } from '../fixtures/control.ts'
import type { LoadReport } from '../fixtures/pages/load.ts'
import { seededRandom } from '../fixtures/random.ts'
import { Recorder } from '../fixtures/recorder.ts'
import type { Topology } from '../fixtures/topologies.ts'
import { WorkerKiller } from '../fixtures/worker-killer.ts'
import { Oracle } from './oracle.ts'
import { startStack, type Stack } from './stack.ts'
import { Tabs } from './tabs.ts'
import { Troubles } from './troubles.ts'
import type { World } from './world.ts'

/** A world with what only its owner needs. */
export interface OpenWorld extends World {
  readonly stack: Stack
  readonly browser: Browser
  readonly context: BrowserContext
  readonly recorder: Recorder
  /** How many workers were ended, and how many sessions by the server. */
  readonly ended: { workers: number; sessions: number }
  close(): Promise<void>
}

/** A browser with one tab of the app, signed in and under load. */
export async function openWorld(topology: Topology, seed: number): Promise<OpenWorld> {
  const stack = await startStack(topology)
  const browser = await chromium.launch({
    executablePath: headlessShellPath,
    args: chromiumArguments,
  })
  const context = await browser.newContext()
  const recorder = new Recorder()
  await recorder.observe(context)
  const troubles = new Troubles()
  const oracle = new Oracle(troubles)
  await context.exposeFunction('reportToSoak', (report: LoadReport | { session: string }) => {
    if ('session' in report) oracle.judgeSession(report.session)
    else oracle.judgeCall(report)
  })
  const tabs = new Tabs(context, stack.app.origin, stack.api.origin)
  const first = await tabs.open()
  if ((await signIn(pageTab(first))) !== 'ok') throw new Error('The first sign-in failed')
  await tabs.load(first)
  await tabs.startLoad(first)
  const killer = await WorkerKiller.start(first)
  const ended = { workers: 0, sessions: 0 }
  return {
    topology,
    appOrigin: stack.app.origin,
    guardianOrigin: stack.guardian.origin,
    apiOrigin: stack.api.origin,
    as: new AuthorizationServerControl(stack.as.origin),
    api: new ApiControl(stack.api.origin),
    tabs,
    troubles,
    oracle,
    random: seededRandom(seed),
    setOffline: (isOffline) => context.setOffline(isOffline),
    kill: async (origin) => {
      ended.workers += await killer.kill(origin)
    },
    noteRevoked: () => {
      ended.sessions += 1
    },
    stack,
    browser,
    context,
    recorder,
    ended,
    close: async () => {
      await browser.close()
      await stack.close()
    },
  }
}
