import { test as base } from '@playwright/test'

import { environment } from '../fixtures/environment.ts'
import type { Site, SiteKind } from '../fixtures/sites.ts'
import { variantRoot, type Variant } from '../fixtures/variants.ts'
import type { Protections } from '../servers/app-headers.ts'
import { startAppServer } from '../servers/app-server.ts'
import type { RunningServer } from '../servers/running-server.ts'
import { SharedFirefox } from './firefox.ts'
import { openSession } from './open-session.ts'
import type { EngineName, Session } from './session.ts'

export { expect } from '@playwright/test'

export interface EngineOptions {
  /** Set by the project. */
  readonly engine: EngineName
  /** Switches of the engine, as `LaunchOptions` says. */
  readonly switches: readonly string[]
  /** For tests that restart the browser. Firefox takes seconds longer then. */
  readonly persistent: boolean
  /** Which build of the demo. */
  readonly variant: Variant
  /** Which of the apps with a vault on https. */
  readonly siteKind: SiteKind
}

export interface EngineFixtures {
  /** A browser with a new profile, ended with the test. Its consoles are attached when the test fails. */
  readonly session: Session
  /** Origin of the demo. */
  readonly appOrigin: string
  /** Origins of the app on https, and of its vault. */
  readonly site: Site
  /**
   * Serves the demo, or the build in another folder, on an origin of its own, which the authorization server and the API know.
   * Ends with the test.
   */
  readonly startApp: (protections?: Partial<Protections>, root?: string) => Promise<RunningServer>
}

interface WorkerFixtures {
  readonly sharedFirefox: SharedFirefox
}

export const test = base.extend<EngineOptions & EngineFixtures, WorkerFixtures>({
  engine: ['chromium', { option: true }],
  switches: [[], { option: true }],
  persistent: [false, { option: true }],
  variant: ['query', { option: true }],
  siteKind: ['same-site', { option: true }],

  sharedFirefox: [
    // Playwright reads the pattern to know what a fixture needs.
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const shared = new SharedFirefox()
      await use(shared)
      await shared.close()
    },
    { scope: 'worker' },
  ],

  session: async ({ engine, switches, persistent, sharedFirefox }, use, info) => {
    const session = await openSession({ engine, switches, persistent, sharedFirefox })
    try {
      await use(session)
    } finally {
      await session.close()
      if (info.status !== info.expectedStatus) {
        await info.attach('consoles', { body: session.logs.join('\n'), contentType: 'text/plain' })
      }
    }
  },

  appOrigin: async ({ variant }, use) => {
    await use(environment().appOrigins['same-origin'][variant])
  },

  startApp: async ({ variant }, use) => {
    const { sparePorts, apiOrigin, asOrigin } = environment()
    const servers: RunningServer[] = []
    await use(async (protections = {}, root = variantRoot('same-origin', variant)) => {
      const port = sparePorts['same-origin'][servers.length]
      if (port === undefined) throw new Error('No spare port left; raise their number in the setup')
      const server = await startAppServer({ port, root, apiOrigin, issuer: asOrigin, protections })
      servers.push(server)
      return server
    })
    await Promise.all(servers.map((server) => server.close()))
  },

  site: async ({ siteKind }, use) => {
    await use(environment().sites[siteKind])
  },
})
