import { cp, mkdir, writeFile } from 'node:fs/promises'

import { tokenGuardian } from 'token-guardian/vite'
import { createServer, type ViteDevServer } from 'vite'

import { expect, test as base } from '../fixtures/app.ts'
import { bakedConfig } from '../fixtures/baked-app.ts'
import { isReady, openClient, signInHere } from '../fixtures/client-calls.ts'
import { buildFolder } from '../fixtures/demo-builds.ts'
import { environment, originOf } from '../fixtures/environment.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'
import { projectFolder } from '../fixtures/project-folder.ts'

interface Development {
  readonly origin: string
  /** Saves a module of the app that shows a word and accepts its own updates. */
  readonly show: (word: string) => Promise<void>
}

const test = base.extend<{ readonly development: Development }>({
  development: async ({ app, topology }, use) => {
    const root = `${buildFolder()}/${topology}/development`
    const show = (word: string): Promise<void> =>
      writeFile(
        `${root}/shown.ts`,
        `document.documentElement.lang = '${word}'\nimport.meta.hot?.accept()\n`,
      )
    await mkdir(root, { recursive: true })
    await cp(`${projectFolder}e2e/fixtures/pages/client.ts`, `${root}/client.ts`)
    await writeFile(
      `${root}/client.html`,
      `<!doctype html><title>Page client</title>
<script type="module" src="./client.ts"></script><script type="module" src="./shown.ts"></script>`,
    )
    await show('one')
    const server = await startVite(root, environment().sparePorts[topology][0] ?? 0)
    await use({ origin: originOf(server.config.server.port), show })
    await server.close()

    function startVite(folder: string, port: number): Promise<ViteDevServer> {
      return createServer({
        configFile: false,
        root: folder,
        cacheDir: `${folder}/.vite`,
        logLevel: 'error',
        // With a vault it serves that too, on its own origin.
        plugins: [tokenGuardian(bakedConfig(app), { worker: 'sw.js' })],
        optimizeDeps: { include: ['workbox-window'] },
        server: { host: 'localhost', port, strictPort: true },
      }).then((server) => server.listen())
    }
  },
})

test('under vite dev the guardian is there, and hot reload keeps the session', async ({
  page,
  app,
  development,
}) => {
  const callApi = async (): Promise<number> =>
    (await fetchInPage(page, `${app.apiOrigin}/v1/me`)).status
  await openClient(page, development)
  await signInHere(page)
  expect(await callApi()).toBe(200)

  await page.evaluate(() => (document.title = 'the same page'))
  await development.show('two')
  await expect(page.locator('html')).toHaveAttribute('lang', 'two')
  expect(await page.title()).toBe('the same page')
  expect(await callApi()).toBe(200)

  await page.reload()
  await isReady(page)
  expect(await page.evaluate(() => window.client.session.status)).toBe('signed-in')
  expect(await callApi()).toBe(200)
})
