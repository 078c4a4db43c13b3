import { defineConfig } from '@playwright/test'
import type { Options } from './fixtures/app.ts'
import { chromiumArguments } from './fixtures/chromium-arguments.ts'
import { leftOutOf, topologies } from './fixtures/topologies.ts'

export default defineConfig<Options>({
  testDir: 'specs',
  outputDir: '../test-results',
  globalSetup: './fixtures/global-setup.ts',
  workers: 1,
  retries: 0,
  timeout: 30_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  forbidOnly: process.env['CI'] !== undefined,
  use: {
    browserName: 'chromium',
    launchOptions: {
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      args: chromiumArguments,
    },
  },
  projects: topologies.map((topology) => {
    const grepInvert = leftOutOf(topology)
    return { name: topology, use: { topology }, ...(grepInvert && { grepInvert }) }
  }),
})
