import { enterPassword } from '../../fixtures/app.ts'
import { vite8 } from '../dependencies.ts'
import { expect, test } from '../fresh-project.ts'
import { configOf } from '../small-app.ts'

test.use({ topology: 'vault' })

interface Facades {
  readonly oidc: {
    signinRedirect(args: object): Promise<void>
    signinCallback(): Promise<{ readonly profile: object; readonly state: unknown }>
    getUser(): Promise<{ readonly access_token: string; readonly scopes: string[] } | null>
    signinSilent(): Promise<{ readonly expires_at: number } | null>
    removeUser(): Promise<void>
  }
  readonly auth0: {
    isAuthenticated(): Promise<boolean>
    handleRedirectCallback(): Promise<object>
    getTokenSilently(): Promise<string>
  }
  readonly mistaken: { getUser(): Promise<unknown> }
  readonly heard: string[]
}

test('an app that changed its import: both facades sign in, call the API and sign out, and say what contradicts the build', async ({
  page,
  app,
  freshProject,
  expectNoSecrets,
}) => {
  const { asOrigin, apiOrigin, origin } = app
  const settings = { authority: asOrigin, client_id: 'demo', redirect_uri: `${origin}/` }
  const project = await freshProject({
    dependencies: vite8,
    files: {
      'index.html':
        '<!doctype html><title>Facades</title><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>',
      'main.js': `import { UserManager } from 'token-guardian/compat/oidc-client-ts'
import { Auth0Client } from 'token-guardian/compat/auth0-spa-js'

const worker = { workerUrl: '/guardian-sw.js' }
const settings = ${JSON.stringify({ ...settings, scope: 'openid profile api:read' })}
window.oidc = new UserManager(settings, worker)
window.auth0 = new Auth0Client({ domain: settings.authority, clientId: 'demo' }, worker)
window.mistaken = new UserManager({ ...settings, client_id: 'other', scope: 'openid mail' }, worker)
window.heard = []
window.oidc.events.addUserLoaded(({ profile }) => window.heard.push('loaded ' + profile.sub))
window.oidc.events.addUserUnloaded(() => window.heard.push('unloaded'))
`,
      'vite.config.js': `import { tokenGuardian } from 'token-guardian/vite'
export default { plugins: [tokenGuardian(${JSON.stringify(configOf(app))}, { worker: 'guardian-sw.js' })] }
`,
    },
  })
  await project.run('vite', 'build')
  await project.serve({ server: { workerPath: '/guardian-sw.js' } })

  await page.goto(origin)
  const facades = await page.evaluateHandle(() => window as unknown as Facades)
  expect(await facades.evaluate(({ oidc }) => oidc.getUser())).toBeNull()
  const contradiction = await facades.evaluate(({ mistaken }) =>
    mistaken.getUser().catch((error: Error) => error.message),
  )
  expect(contradiction).toContain('clientId is other in the page and demo in the worker')
  expect(contradiction).toContain('the worker does not ask for the scope mail')
  expect(contradiction).toContain('the worker asks for the scope profile api:read as well')
  await facades.evaluate(({ oidc }) => void oidc.signinRedirect({ state: { page: 2 } }))
  await enterPassword(page)
  await page.waitForURL(`${origin}/`)

  const landed = await page.evaluateHandle(() => window as unknown as Facades)
  expect(await landed.evaluate(({ oidc }) => oidc.signinCallback())).toMatchObject({
    profile: { sub: 'alice' },
    state: { page: 2 },
  })
  expect(await landed.evaluate(({ auth0 }) => auth0.handleRedirectCallback())).toEqual({
    appState: { page: 2 },
    response_type: 'code',
  })
  const answer = await page.evaluate(async (url) => (await fetch(url)).json(), `${apiOrigin}/v1/me`)
  expect(answer).toMatchObject({ sub: 'alice' })
  for (const refusal of [
    landed.evaluate(async ({ oidc }) => (await oidc.getUser())?.access_token),
    landed.evaluate(({ auth0 }) => auth0.getTokenSilently()),
  ])
    await expect(refusal).rejects.toThrow('fetch() to a configured resource is authenticated')
  expect(await landed.evaluate(async ({ oidc }) => structuredClone(await oidc.getUser()))).toEqual(
    expect.objectContaining({ profile: expect.objectContaining({ sub: 'alice' }) as object }),
  )
  await expectNoSecrets(page)

  await landed.evaluate(({ oidc }) => oidc.removeUser())
  expect(await landed.evaluate(({ auth0 }) => auth0.isAuthenticated())).toBe(false)
  expect(await landed.evaluate(({ heard }) => heard)).toEqual(['loaded alice', 'unloaded'])
})
