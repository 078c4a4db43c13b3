import { vite8 } from '../dependencies.ts'
import { callApi, expect, status, test } from '../fresh-project.ts'
import { configOf, smallPage } from '../small-app.ts'

const ORDERS = {
  'tokenGuardian() before VitePWA()': 'tokenGuardian(config), pwa',
  'VitePWA() before tokenGuardian()': 'pwa, tokenGuardian(config)',
}

for (const [title, plugins] of Object.entries(ORDERS)) {
  test(`${title}, injectManifest: a fallback for every navigation does not swallow the callback`, async ({
    page,
    app,
    freshProject,
    signIn,
    expectNoSecrets,
  }) => {
    const project = await freshProject({
      dependencies: vite8,
      files: {
        ...smallPage(app),
        'sw.js': `import { createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { installGuardian } from 'token-guardian/worker'

installGuardian(self, __TOKEN_GUARDIAN_CONFIG__)
precacheAndRoute(self.__WB_MANIFEST)
registerRoute(new NavigationRoute(createHandlerBoundToURL('index.html')))
`,
        'vite.config.js': `import { tokenGuardian } from 'token-guardian/vite'
import { VitePWA } from 'vite-plugin-pwa'

const config = ${JSON.stringify(configOf(app))}
const pwa = VitePWA({ strategies: 'injectManifest', srcDir: '.', filename: 'sw.js' })
export default { plugins: [${plugins}] }
`,
      },
    })
    await project.run('vite', 'build')
    await project.serve()
    await signIn(page)
    expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'alice' } })
    await expectNoSecrets(page)

    // The fallback is there, and was while the user signed in.
    const answer = await page.goto(`${app.origin}/orders/1`)
    expect(answer?.fromServiceWorker()).toBe(true)
    await expect(status(page)).toHaveText('signed-in as alice')
  })
}
