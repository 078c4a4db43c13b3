import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { findSecrets } from '../../fixtures/app.ts'
import { topologies } from '../../fixtures/topologies.ts'
import { vite8 } from '../dependencies.ts'
import { callApi, expect, status, test } from '../fresh-project.ts'
import { configOf, smallPage } from '../small-app.ts'

/** Where each has its worker from: the plugin, which serves the vault too, or the app, whose own vite-plugin-pwa serves as a module. */
const setups = {
  vault: {
    client: { workerUrl: '/guardian-sw.js' },
    plugins: `tokenGuardian(config, { worker: 'guardian-sw.js' })`,
  },
  'same-origin': {
    client: { workerUrl: '/dev-sw.js?dev-sw', workerType: 'module' },
    plugins: `tokenGuardian(config), VitePWA({
      strategies: 'injectManifest',
      srcDir: '.',
      filename: 'sw.js',
      injectRegister: false,
      injectManifest: { injectionPoint: undefined },
      devOptions: { enabled: true, type: 'module' },
    })`,
  },
}

for (const topology of topologies) {
  test.describe(topology, () => {
    test.use({ topology })

    test('vite dev: a changed module shows up without a reload, and the session and calls go on', async ({
      page,
      app,
      freshProject,
      signIn,
      everythingReachable,
      secrets,
    }) => {
      const { client, plugins } = setups[topology]
      const project = await freshProject({
        dependencies: vite8,
        files: {
          ...smallPage(app, { client }),
          'sw.js': `import { installGuardian } from 'token-guardian/worker'

installGuardian(self, __TOKEN_GUARDIAN_CONFIG__)
`,
          'vite.config.js': `import { tokenGuardian } from 'token-guardian/vite'
import { VitePWA } from 'vite-plugin-pwa'

const config = ${JSON.stringify(configOf(app))}
export default { plugins: [${plugins}] }
`,
        },
      })
      // With a vault the dev server serves that too.
      const { port } = new URL(app.origin)
      await project.start('vite', '--host', 'localhost', '--port', port, '--strictPort')

      await signIn(page)
      expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'alice' } })
      const known = await secrets()
      expect(known.length).toBeGreaterThan(0)
      expect(findSecrets(await everythingReachable(page), known)).toEqual([])

      await page.evaluate(() => (document.title = 'not reloaded'))
      const file = join(project.folder, 'greeting.js')
      await writeFile(file, (await readFile(file, 'utf8')).replace('signed-in', 'welcome'))
      await expect(status(page)).toHaveText('welcome as alice')
      expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'alice' } })
      await expect(page).toHaveTitle('not reloaded')
      await page.reload()
      await expect(status(page)).toHaveText('welcome as alice')
    })
  })
}

test.describe('a build with a vault', () => {
  test.use({ topology: 'vault' })

  test('vite preview serves what was built, and the vault beside it: a user signs in and calls the API', async ({
    page,
    app,
    freshProject,
    signIn,
  }) => {
    const project = await freshProject({
      dependencies: vite8,
      files: {
        ...smallPage(app, { client: setups.vault.client }),
        'vite.config.js': `import { tokenGuardian } from 'token-guardian/vite'

export default { plugins: [tokenGuardian(${JSON.stringify(configOf(app))}, { worker: 'guardian-sw.js' })] }
`,
      },
    })
    await project.run('vite', 'build')
    const { port } = new URL(app.origin)
    await project.start('vite', 'preview', '--host', 'localhost', '--port', port, '--strictPort')

    await signIn(page)
    expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'alice' } })
    const asWorker = async (script: string): Promise<number> => {
      const headers = { 'Service-Worker': 'script' }
      return (await page.request.get(app.guardianOrigin + script, { headers })).status()
    }
    expect(await asWorker('/guardian-sw.js')).toBe(200)
    expect(await asWorker('/bridge.js')).toBe(403)
  })
})
