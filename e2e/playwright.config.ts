import { defineConfig } from '@playwright/test'

import type { EngineOptions } from './engines/test.ts'

/** Stock browsers take long to start on a small machine. */
const engines = { testDir: 'specs-engines', timeout: 60_000 }

/** `specs` know Chromium's insides; `specs-engines` speak to every engine in the same words. */
export default defineConfig<EngineOptions>({
  projects: [
    { name: 'chromium', testDir: 'specs' },
    { name: 'chromium-engine', ...engines, use: { engine: 'chromium' } },
    { name: 'firefox', ...engines, use: { engine: 'firefox' } },
    { name: 'webkit', ...engines, use: { engine: 'webkit' } },
  ],
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
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // Names that only look like the API's. Nothing else leaves this machine's loopback either.
        '--host-resolver-rules=MAP *.test 127.0.0.1',
      ],
    },
  },
})
