import {
  askForUpdate,
  awaitTakeover,
  call,
  refresh,
  rememberWorker,
  signIn,
  signOut,
  type Ending,
} from './page-acts.ts'
import type { ServerControl } from '../fixtures/control.ts'
import type { World } from './world.ts'

export const stepNames = ['login', 'exchange', 'refresh', 'replay', 'logout', 'update'] as const

export type StepName = (typeof stepNames)[number]

/** A request in the middle of a step: there its faults strike. */
export interface Strike {
  readonly server: ServerControl
  readonly method: string
  readonly path: string
  /** Requests to that path which come before it. */
  readonly skip?: number
  /** The guardian waits for an API as long as the page does: there is no deadline to be seen. */
  readonly isPatient?: true
}

/** One thing that a guardian does for a page that is signed in. */
export interface Step {
  readonly name: StepName
  readonly strikeAt: (world: World) => Strike
  /** Before the fault is there. */
  readonly prepare?: (world: World) => Promise<void>
  readonly act: (world: World) => Promise<Ending>
  /** Whether there is a token that is good meanwhile: calls of another tab must not notice anything. */
  readonly callsGoOn: boolean
  /** The user wants the session to end. */
  readonly ends?: true
}

/** Makes the next script of the guardian's worker another one, which takes over as soon as it can. */
async function deploy({ guardian, guardianPage, topology }: World): Promise<void> {
  await rememberWorker(guardianPage)
  await guardian.fault(workerPath(topology), 'append', {
    body: `\nself.skipWaiting() // ${crypto.randomUUID()}\n`,
  })
}

function workerPath(topology: World['topology']): string {
  return topology === 'vault' ? '/guardian-sw.js' : '/sw.js'
}

/** Asks for a newer worker, and waits until it is the active one. */
async function update({ guardianPage }: World): Promise<Ending> {
  const asked = await askForUpdate(guardianPage)
  return asked === 'ok' ? awaitTakeover(guardianPage) : asked
}

export const steps: readonly Step[] = [
  {
    name: 'login',
    strikeAt: ({ as }) => ({ server: as, method: 'POST', path: '/par' }),
    act: ({ tab }) => signIn(tab),
    callsGoOn: true,
  },
  {
    name: 'exchange',
    strikeAt: ({ as }) => ({ server: as, method: 'POST', path: '/token' }),
    act: ({ tab }) => signIn(tab),
    callsGoOn: true,
  },
  {
    name: 'refresh',
    strikeAt: ({ as }) => ({ server: as, method: 'POST', path: '/token' }),
    act: ({ tab }) => refresh(tab),
    callsGoOn: true,
  },
  {
    name: 'replay',
    strikeAt: ({ api }) => ({
      server: api,
      method: 'GET',
      path: '/v1/me',
      skip: 1,
      isPatient: true,
    }),
    prepare: ({ api }) => api.refuseIssuedTokens(),
    act: ({ tab, apiOrigin }) => call(tab, apiOrigin),
    callsGoOn: false,
  },
  {
    name: 'logout',
    strikeAt: ({ as }) => ({ server: as, method: 'POST', path: '/revoke' }),
    act: ({ tab }) => signOut(tab),
    callsGoOn: false,
    ends: true,
  },
  {
    name: 'update',
    strikeAt: ({ guardian, topology }) => ({
      server: guardian,
      method: 'GET',
      path: workerPath(topology),
    }),
    prepare: deploy,
    act: update,
    callsGoOn: true,
  },
]
