import type { GuardianConfig } from '../../src/contract/config.ts'
import type { GuardianEvent, LoginParameters } from '../../src/contract/messages.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { createGuardianCore, type GuardianCore } from '../../sw/core/guardian-core.ts'
import type { Surroundings } from '../../sw/core/surroundings.ts'
import type { StoredSession, TokenStore } from '../../sw/core/token-store.ts'
import { Database } from '../../sw/storage/database.ts'
import { MemoryTokenStore } from '../../sw/storage/memory-token-store.ts'
import { RefreshJournal } from '../../sw/storage/refresh-journal.ts'
import { FakeServer } from './fake-server.ts'
import { MemoryLedger } from './memory-ledger.ts'
import { APP, configWith } from './parsed-config.ts'

export interface GuardianInTest {
  core: GuardianCore
  readonly server: FakeServer
  readonly ledger: MemoryLedger
  readonly tokens: TokenStore
  readonly events: GuardianEvent[]
  readonly surroundings: Surroundings
  /** Lets seconds pass on the test's clock. */
  readonly pass: (seconds: number) => void
  /** A new life of the worker: everything in memory is gone, the stores are there. */
  readonly restart: () => void
  /** Work that the guardian wanted to be kept alive for, until it is done. */
  readonly waitUntil: (work: Promise<unknown>) => void
  readonly settled: () => Promise<void>
  /** Signs in through all three steps. @returns where the browser lands */
  readonly signIn: (login?: LoginParameters) => Promise<string>
  /** Both steps up to the authorization server. @returns the URL of the authorization request */
  readonly startSignIn: (login?: LoginParameters) => Promise<string>
  readonly stored: () => Promise<StoredSession>
}

/**
 * The guardian's core on a memory store, a memory ledger, a test clock and a fake authorization server.
 * @param place what is not as in the app's own worker
 */
export async function guardianInTest(
  change: Partial<GuardianConfig> = {},
  place: Partial<Surroundings> = {},
): Promise<GuardianInTest> {
  // The protocol library looks at the real clock as well, so the test's clock starts there.
  let now = Math.floor(Date.now() / 1000)
  const server = await FakeServer.start(() => now)
  const ledger = new MemoryLedger()
  const tokens = new MemoryTokenStore(new NoJournal(new Database()))
  const events: GuardianEvent[] = []
  const pending: Promise<unknown>[] = []
  const queues = new Map<string, Promise<unknown>>()
  const surroundings: Surroundings = {
    config: configWith({ deploymentCheck: 'off', ...change }),
    wire: { fetch: server.fetch, now: () => epochSeconds(now), timeoutMs: 5000 },
    tokens,
    ledger,
    exclusive: (name, task) => {
      const work = (queues.get(name) ?? Promise.resolve()).then(task, task)
      queues.set(
        name,
        work.catch(() => undefined),
      )
      return work
    },
    tell: (event) => void events.push(structuredClone(event)),
    origin: APP,
    returnOrigins: [APP],
    home: `${APP}/`,
    popupEnd: `${APP}/#_popup`,
    scriptUrl: `${APP}/sw.js`,
    ...place,
  }
  const guardian: GuardianInTest = {
    core: createGuardianCore(surroundings),
    server,
    ledger,
    tokens,
    events,
    surroundings,
    pass: (seconds) => {
      now += seconds
    },
    restart: () => {
      guardian.core = createGuardianCore(surroundings)
    },
    waitUntil: (work) => void pending.push(work),
    settled: async () => {
      while (pending.length > 0) await Promise.allSettled(pending.splice(0))
    },
    startSignIn: async (login = {}) => {
      const path = await guardian.core.signIn.begin('default', login)
      return guardian.core.signIn.start(new URL(path, APP).searchParams.get('request') ?? '')
    },
    signIn: async (login) => {
      const parameters = server.authorize(await guardian.startSignIn(login))
      const redirectUri = `${APP}/auth/callback`
      const delivery = { parameters, mode: 'query', redirectUri } as const
      const work: Promise<unknown>[] = []
      const url = await guardian.core.completion.finish(delivery, (part) => void work.push(part))
      await Promise.all(work)
      return url
    },
    stored: async () => {
      const stored = await tokens.read('default')
      if (stored === undefined) throw new Error('There is no session')
      return stored
    },
  }
  return guardian
}

/** The memory store keeps what it needs in memory; the journal on disk is tested with a real database. */
class NoJournal extends RefreshJournal {
  override async open(): Promise<void> {}
  override async close(): Promise<void> {}
}
