import { vite7, vite8 } from '../dependencies.ts'
import { callApi, expect, status, test } from '../fresh-project.ts'
import { configOf, smallPage } from '../small-app.ts'

test.describe('on one origin', () => {
  test.use({ topology: 'same-origin' })

  for (const [name, dependencies] of Object.entries({ 'Vite 8': vite8, 'Vite 7': vite7 })) {
    test(`generateSW with ${name} imports the prebuilt worker: its navigation fallback does not swallow the callback`, async ({
      page,
      app,
      freshProject,
      signIn,
      expectNoSecrets,
    }) => {
      const project = await freshProject({
        dependencies,
        files: {
          ...smallPage(app),
          'vite.config.js': `import { tokenGuardian } from 'token-guardian/vite'
import { VitePWA } from 'vite-plugin-pwa'

export default {
  plugins: [
    tokenGuardian(${JSON.stringify(configOf(app))}, { worker: 'guardian-sw.js' }),
    VitePWA({ workbox: { importScripts: ['guardian-sw.js'] } }),
  ],
}
`,
        },
      })
      await project.run('vite', 'build')
      await project.serve()
      await signIn(page)
      expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'alice' } })
      await expectNoSecrets(page)

      const answer = await page.goto(`${app.origin}/orders/1`)
      expect(answer?.fromServiceWorker(), 'generateSW answers navigations').toBe(true)
      await expect(status(page)).toHaveText('signed-in as alice')
    })
  }
})

test.describe('with a vault', () => {
  test.use({ topology: 'vault' })

  test('an app without a bundler: bake makes its worker and its vault, and the page imports a file', async ({
    page,
    app,
    freshProject,
    signIn,
    expectNoSecrets,
  }) => {
    const pages = smallPage(app, {
      client: { workerUrl: '/guardian-sw.js' },
      module: './token-guardian.js',
    })
    const site = Object.entries(pages).map(([name, content]) => [`site/${name}`, content])
    const project = await freshProject({
      files: { ...Object.fromEntries(site), 'guardian.json': JSON.stringify(configOf(app)) },
    })
    await project.run('token-guardian', 'bake', 'guardian.json', '--out', 'site', '--client')
    await project.serve({
      app: 'site',
      vault: 'site-vault',
      server: { workerPath: '/guardian-sw.js' },
    })
    await signIn(page)
    expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'alice' } })
    await expectNoSecrets(page)
  })
})
