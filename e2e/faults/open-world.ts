import { chromium, type BrowserContext, type Frame, type Page } from '@playwright/test'

import { openSession } from '../engines/open-session.ts'
import { pageTab, scriptsIn } from '../engines/playwright-browser.ts'
import { undebuggedTab } from '../engines/undebugged-tab.ts'
import type { SharedFirefox } from '../engines/firefox.ts'
import type { EngineName, OpenTab } from '../engines/session.ts'
import { chromiumArguments } from '../fixtures/chromium-arguments.ts'
import { headlessShellPath } from '../fixtures/chromium-paths.ts'
import { moveClock } from '../fixtures/clock.ts'
import { quietDocument } from '../fixtures/deployments.ts'
import { signIn as enterFirst } from '../engines/demo.ts'
import type { Topology } from '../fixtures/topologies.ts'
import { openUndebugged } from '../fixtures/undebugged-chromium.ts'
import { vaultFrame } from '../fixtures/vault-page.ts'
import { killWorkers } from '../fixtures/worker.ts'
import { reload } from './page-acts.ts'
import { placeOf, type Insides, type World } from './world.ts'

export interface WorldOptions {
  readonly engine: EngineName
  readonly topology: Topology
  /** Chromium without a debugger at its workers, and so without {@link Insides}. */
  readonly isUndebugged: boolean
}

/** A browser with two tabs of an app, signed in. */
export async function openWorld(
  { engine, topology, isUndebugged }: WorldOptions,
  sharedFirefox: SharedFirefox,
): Promise<World> {
  if (isUndebugged) return openInUndebuggedChromium(topology)
  if (engine === 'chromium') return openInChromium(topology)
  if (topology === 'vault') throw new Error('Drivers of other engines do not reach into the frame')
  const session = await openSession({ engine, switches: [], persistent: false, sharedFirefox })
  const place = placeOf(topology)
  const [tab, other] = [await session.tab(), await session.tab()]
  await enter(place, tab, other)
  return { ...place, engine, tab, other, guardianPage: other, close: () => session.close() }
}

async function openInChromium(topology: Topology): Promise<World> {
  const browser = await chromium.launch({
    executablePath: headlessShellPath,
    args: chromiumArguments,
  })
  const context = await browser.newContext()
  const place = placeOf(topology)
  const [page, otherPage] = [await context.newPage(), await context.newPage()]
  const [tab, other] = [pageTab(page), pageTab(otherPage)]
  await enter(place, tab, other)
  const frame =
    topology === 'vault' ? await vaultFrame(otherPage, place.guardian.origin) : undefined
  return {
    ...place,
    engine: 'chromium',
    tab,
    other,
    guardianPage: frame ? scriptsIn(frame) : other,
    insides: await insidesOf(context, otherPage, frame, place),
    close: () => browser.close(),
  }
}

/** What speaks to pages only does not reach into the vault's frame: a tab of the vault's origin has the same storage and worker. */
async function openInUndebuggedChromium(topology: Topology): Promise<World> {
  const page = await openUndebugged()
  const place = placeOf(topology)
  const [tab, other] = [undebuggedTab(page), undebuggedTab(await page.anotherTab())]
  await enter(place, tab, other)
  const world = { ...place, engine: 'chromium', tab, other, close: () => page.close() } as const
  if (topology === 'same-origin') return { ...world, guardianPage: other }
  const guardianPage = undebuggedTab(await page.anotherTab())
  await guardianPage.goto(
    quietDocument({ origin: place.appOrigin, vaultOrigin: place.guardian.origin }),
  )
  return { ...world, guardianPage }
}

async function enter(
  { appOrigin }: Pick<World, 'appOrigin'>,
  tab: OpenTab,
  other: OpenTab,
): Promise<void> {
  await enterFirst(tab, appOrigin)
  await reload(tab, appOrigin)
  await reload(other, appOrigin)
}

async function insidesOf(
  context: BrowserContext,
  page: Page,
  frame: Frame | undefined,
  { appOrigin, guardian: { origin } }: Pick<World, 'appOrigin' | 'guardian'>,
): Promise<Insides> {
  const session = await context.newCDPSession(page)
  const vaultOrigin = frame && origin
  return {
    killWorker: () => killWorkers(page, origin),
    moveClock: (offsetSeconds) =>
      moveClock(context, { origin: appOrigin, vaultOrigin }, offsetSeconds),
    limitStorage: async (bytes) => {
      await session.send('Storage.overrideQuotaForOrigin', {
        origin,
        ...(bytes !== undefined && { quotaSize: bytes }),
      })
    },
    closeDatabases: () => everywhere(closeNext),
    leaveDatabases: () => everywhere(closeNone),
  }

  async function everywhere(run: () => void): Promise<void> {
    const workers = context.serviceWorkers().filter((one) => one.url().startsWith(`${origin}/`))
    for (const worker of workers) await worker.evaluate(run)
    if (frame) await frame.evaluate(run)
  }
}

/**
 * Runs in a worker or a frame: the connection to the database is gone when it is used the next time. No driver makes the browser
 * close one without deleting what is in it.
 */
function closeNext(): void {
  const begin = Object.getOwnPropertyDescriptor(IDBDatabase.prototype, 'transaction')!
  const restore = (): void => {
    Object.defineProperty(IDBDatabase.prototype, 'transaction', begin)
  }
  const value = function (this: IDBDatabase, ...args: Parameters<IDBDatabase['transaction']>) {
    restore()
    this.close()
    return this.transaction(...args)
  }
  Object.defineProperty(IDBDatabase.prototype, 'transaction', { ...begin, value })
  Object.assign(globalThis, { restoreDatabases: restore })
}

/** Runs there too. */
function closeNone(): void {
  ;(globalThis as { restoreDatabases?: () => void }).restoreDatabases?.()
}
