import { waitFor } from '../../engines/wait-for.ts'
import { chromiumArguments } from '../../fixtures/chromium-arguments.ts'
import { headlessShellPath } from '../../fixtures/chromium-paths.ts'
import { environment, originOf } from '../../fixtures/environment.ts'
import { startChild } from '../../servers/child.ts'
import { compilers, forTests } from '../dependencies.ts'
import { expect, test, type FreshProject } from '../fresh-project.ts'
import { plainEnvironment, runProgram } from '../run-program.ts'
import { configOf, smallPage } from '../small-app.ts'

for (const topology of ['vault', 'same-origin'] as const) {
  test.describe(`with the test kit, ${topology}`, () => {
    test.use({ topology })

    test('a project starts the development server, signs in by the Playwright fixture, and calls the sample API', async ({
      app,
      freshProject,
    }) => {
      const [, asPort = 0, apiPort = 0] = environment().sparePorts[topology]
      const dev = { ...app, asOrigin: originOf(asPort), apiOrigin: originOf(apiPort) }
      const config = configOf(dev)
      const project = await freshProject({
        dependencies: forTests,
        files: {
          ...smallPage(dev),
          'sw.js': `import { ${topology === 'vault' ? 'installForwarder' : 'installGuardian'} as install } from 'token-guardian/worker'
install(self, __TOKEN_GUARDIAN_CONFIG__)
`,
          'vite.config.js': `import { tokenGuardian } from 'token-guardian/vite'
import { VitePWA } from 'vite-plugin-pwa'
const pwa = VitePWA({ strategies: 'injectManifest', filename: 'sw.js', srcDir: '.', injectRegister: false, injectManifest: { injectionPoint: undefined } })
export default { plugins: [tokenGuardian(${JSON.stringify(config)}), pwa] }
`,
          'token-guardian.json': JSON.stringify(config),
          'ada.json': JSON.stringify({ name: 'Ada Lovelace' }),
          'playwright.config.js': `import { defineConfig } from '@playwright/test'
export default defineConfig(${JSON.stringify({
            reporter: 'line',
            use: {
              baseURL: app.origin,
              launchOptions: { executablePath: headlessShellPath, args: chromiumArguments },
              tokenGuardian: { authServer: dev.asOrigin },
            },
          })})
`,
          'orders.spec.js': `import { expect } from '@playwright/test'
import { test } from 'token-guardian/testing/playwright'

test('who signed in calls the API, until the server ends it', async ({ page, signIn, revoke }) => {
  await signIn('ada')
  await page.goto('/')
  await expect(page.getByRole('status')).toHaveText('signed-in as ada')
  await page.getByText('Call API').click()
  await expect(page.getByTestId('result')).toContainText('"sub":"ada"')
  await revoke('ada')
  await page.getByText('Call API').click()
  await expect(page.getByTestId('code')).toHaveText('session-ended')
})
`,
        },
      })
      await project.run('vite', 'build')
      await project.serve({ server: { apiOrigin: dev.apiOrigin, issuer: dev.asOrigin } })
      const appOrigin = topology === 'vault' ? [] : ['--app-origin', app.origin]
      const args = ['--config', 'token-guardian.json', '--user', 'ada=ada.json', ...appOrigin]
      const end = await startServer(project, dev.asOrigin, args)
      expect(await project.run('playwright', 'test')).toContain('1 passed')
      expect(await end()).toBe(0)
    })
  })
}

test('the development server says what to install when oidc-provider is missing', async ({
  freshProject,
}) => {
  const project = await freshProject({ dependencies: compilers })
  const args = ['dev-server', '--redirect-uri', 'http://localhost:5173/auth/callback']
  const { code, stderr } = await runProgram(
    process.execPath,
    [project.bin('token-guardian'), ...args, '--port', '0', '--api-port', '0'],
    { cwd: project.folder },
  )
  expect(code).toBe(1)
  expect(stderr).toContain('npm install --save-dev oidc-provider')
})

/** @returns what ends it as a terminal does, and answers its exit code */
async function startServer(
  { bin, folder }: FreshProject,
  issuer: string,
  args: readonly string[],
): Promise<() => Promise<number | null>> {
  const child = startChild(
    process.execPath,
    [bin('token-guardian'), 'dev-server', ...args],
    ['ignore', 'pipe', 'pipe'],
    { cwd: folder, env: plainEnvironment() },
  )
  let said = ''
  for (const output of [child.process.stdout, child.process.stderr]) {
    output?.on('data', (part: Buffer) => (said += part.toString()))
  }
  await waitFor(`the development server at ${issuer}`, 20_000, async () => {
    if (child.process.exitCode !== null) throw new Error(said)
    return (await fetch(`${issuer}/.well-known/openid-configuration`)).ok
  })
  return async () => {
    child.process.kill('SIGINT')
    await child.ended
    return child.process.exitCode
  }
}
