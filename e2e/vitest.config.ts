import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { bundledCode } from './fixtures/bundled-code.ts'
import { headlessShellPath } from './fixtures/chromium-paths.ts'

/** Flags that keep the browser quiet: no graphics, no requests of its own. */
const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Unit tests in Node, and tests of what only a browser has (IndexedDB, Web Locks, URLPattern) in real Chromium. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  cacheDir: fileURLToPath(new URL('../.build/vitest', import.meta.url)),
  test: {
    globalSetup: fileURLToPath(new URL('./fixtures/prebuilt-setup.ts', import.meta.url)),
    // A limit for hangs only: the machines that run this may be slow.
    testTimeout: 30_000,
    // By itself it leaves one core free, which on a machine of two is half of it.
    maxWorkers: availableParallelism(),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          // No test changes what another can see; a process for each file costs a third of the time.
          isolate: false,
          include: ['{src,sw}/**/*.test.ts'],
          exclude: ['**/*.browser.test.ts'],
        },
      },
      {
        extends: true,
        plugins: [bundledCode()],
        optimizeDeps: {
          include: [
            'fast-check',
            'idb',
            'oauth4webapi',
            'react',
            'react-dom/client',
            'workbox-background-sync',
            'workbox-strategies',
          ],
        },
        test: {
          name: 'browser',
          include: ['{src,sw}/**/*.browser.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: headlessShellPath,
                args: CHROMIUM_ARGS,
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
