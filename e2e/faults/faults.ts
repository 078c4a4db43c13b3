import type { FaultOptions } from '../fixtures/control.ts'
import type { FaultKind } from '../servers/fault.ts'
import * as storage from './storage-acts.ts'
import type { Insides, World } from './world.ts'

export interface FaultOfRequest {
  readonly name: string
  readonly kind: FaultKind
  readonly options?: FaultOptions
}

/** What happens on the user's machine, before a step or while its request is under way. */
export interface FaultMeanwhile {
  readonly name: string
  readonly strike: (world: World, insides: Insides) => Promise<unknown>
  readonly heal?: (world: World, insides: Insides) => Promise<unknown>
  /** Only where the driver reaches into the browser. */
  readonly needsInsides?: true
  /** A worker that takes over knows no session while it lasts. */
  readonly hidesSessions?: true
  /** To delete what a site has stored is to sign out of it. */
  readonly ends?: true
}

/** What other drivers cannot do is not in the projects of other engines. The titles say so. */
export const NEEDS_INSIDES = /@insides/

/**
 * In Chromium these run apart, without the debugger that its driver attaches to every worker: with it an idle one sometimes (one
 * update of twenty) does not give way to the next, and what is sent to it meanwhile waits.
 */
export const WITHOUT_DEBUGGER = /update: /

/** In place of, or besides, what the server answers. Always, not once: browsers repeat by themselves what is cut. */
export const faultsOfRequests: readonly FaultOfRequest[] = [
  { name: 'request lost', kind: 'drop' },
  { name: 'response lost after the server acted', kind: 'drop-after' },
  { name: 'slow', kind: 'hang' },
  { name: '5xx', kind: 'status', options: { status: 503 } },
  { name: 'HTML instead of JSON', kind: 'html' },
  { name: 'truncated', kind: 'truncate' },
]

const HOUR_SECONDS = 3600

export const faultsMeanwhile: readonly FaultMeanwhile[] = [
  {
    name: 'worker killed',
    strike: (_, { killWorker }) => killWorker(),
    needsInsides: true,
  },
  {
    name: 'clock an hour ahead',
    strike: (_, { moveClock }) => moveClock(HOUR_SECONDS),
    heal: (_, { moveClock }) => moveClock(0),
    needsInsides: true,
  },
  {
    name: 'clock an hour behind',
    strike: (_, { moveClock }) => moveClock(-HOUR_SECONDS),
    heal: (_, { moveClock }) => moveClock(0),
    needsInsides: true,
  },
  {
    name: 'storage full',
    strike: (_, { limitStorage }) => limitStorage(1),
    heal: (_, { limitStorage }) => limitStorage(undefined),
    needsInsides: true,
  },
  {
    name: 'IndexedDB blocked',
    strike: ({ guardianPage }) => guardianPage.evaluate(storage.block),
    heal: ({ guardianPage }) => guardianPage.evaluate(storage.unblock),
    hidesSessions: true,
  },
  {
    name: 'IndexedDB closed',
    strike: (_, { closeDatabases }) => closeDatabases(),
    heal: (_, { leaveDatabases }) => leaveDatabases(),
    needsInsides: true,
  },
  {
    name: 'IndexedDB corrupt',
    strike: ({ guardianPage }) => guardianPage.evaluate(storage.damage),
  },
  {
    name: 'IndexedDB deleted by the user',
    strike: ({ guardianPage }) => guardianPage.evaluate(storage.remove),
    ends: true,
  },
  {
    name: 'version change while open',
    strike: ({ guardianPage }) => guardianPage.evaluate(storage.upgrade),
  },
]
