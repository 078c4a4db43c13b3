import { defineConfig } from '@playwright/test'
import type { EngineOptions } from './engines/test.ts'
import type { Options } from './fixtures/app.ts'
import { chromiumArguments } from './fixtures/chromium-arguments.ts'
import { NEEDS_INSIDES, WITHOUT_DEBUGGER } from './faults/faults.ts'
import type { WorldOptions } from './faults/open-world.ts'
import { headlessShellPath } from './fixtures/chromium-paths.ts'
import { leftOutOf, topologies } from './fixtures/topologies.ts'

const engines = { testDir: 'specs-engines' }
const faults = { testDir: 'faults' }

/** Authorization servers of others that are not on this machine, of which the run says so. By itself Playwright tests with all. */
const missingServers = (process.env['INTEROP_SERVERS_MISSING'] ?? '').split(' ').filter(Boolean)

/** `specs` know Chromium's insides and run in both topologies; `specs-engines` speak to every engine in the same words. */
export default defineConfig<Options & EngineOptions, WorldOptions>({
  outputDir: '../test-results',
  globalSetup: './fixtures/global-setup.ts',
  // Each has an environment of its own, made by the setup.
  workers: 3,
  retries: 0,
  // Limits for hangs only: the machines that run this may be slow.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: 'list',
  forbidOnly: process.env['CI'] !== undefined,
  use: {
    browserName: 'chromium',
    launchOptions: {
      executablePath: headlessShellPath,
      args: chromiumArguments,
    },
  },
  projects: [
    ...topologies.map((topology) => ({
      name: topology === 'vault' ? 'faults-vault' : 'faults',
      ...faults,
      use: { engine: 'chromium' as const, topology },
      grepInvert: WITHOUT_DEBUGGER,
    })),
    ...topologies.map((topology) => ({
      name: topology === 'vault' ? 'faults-updates-vault' : 'faults-updates',
      ...faults,
      use: { engine: 'chromium' as const, topology, isUndebugged: true },
      grep: WITHOUT_DEBUGGER,
      grepInvert: NEEDS_INSIDES,
    })),
    ...(['firefox', 'webkit'] as const).map((engine) => ({
      name: `faults-${engine}`,
      ...faults,
      use: { engine, topology: 'same-origin' as const },
      grepInvert: NEEDS_INSIDES,
    })),
    ...topologies.map((topology) => {
      const grepInvert = leftOutOf(topology)
      const own = grepInvert && { grepInvert }
      const testIgnore = missingServers.map((server) => `**/interop-${server}.spec.ts`)
      return { name: topology, testDir: 'specs', testIgnore, use: { topology }, ...own }
    }),
    {
      name: 'chromium-engine',
      ...engines,
      // specs/worker-updates.spec.ts does the same without the driver's debugger, with which workers sometimes do not give way.
      testIgnore: '**/worker-update.spec.ts',
      use: { engine: 'chromium' },
    },
    // What is published, in projects of its users. They are installed first, which takes its time.
    { name: 'package', testDir: 'package/specs', timeout: 300_000 },
    { name: 'firefox', ...engines, use: { engine: 'firefox' } },
    { name: 'webkit', ...engines, use: { engine: 'webkit' } },
  ],
})
