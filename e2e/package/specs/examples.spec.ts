import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Locator, Page } from '@playwright/test'

import { enterPassword } from '../../fixtures/app.ts'
import { violations } from '../../fixtures/axe.ts'
import { projectFolder } from '../../fixtures/project-folder.ts'
import { expect, test } from '../fresh-project.ts'
import type { Dependencies } from '../install.ts'

test.use({ topology: 'vault' })

const EXAMPLES = ['react', 'vue', 'svelte']

/** The oldest that the binding is for. */
const react18: Dependencies = {
  react: '18.3.1',
  'react-dom': '18.3.1',
  '@types/react': '18.3.32',
  '@types/react-dom': '18.3.7',
}

const VERSIONS: readonly { readonly name: string; readonly older?: Dependencies }[] = [
  ...EXAMPLES.map((name) => ({ name })),
  { name: 'react', older: react18 },
]

for (const { name, older } of VERSIONS) {
  const title = older ? `${name} with version ${older['react']}` : name
  test(`the example for ${title}: builds, signs in, calls the API, stays signed in over a reload, and signs out`, async ({
    page,
    app,
    freshProject,
    expectNoSecrets,
  }) => {
    const project = await freshProject({
      dependencies: { ...(await dependencies()), ...older },
      copyOf: folderOf(name),
      files: {
        '.env': `VITE_APP=${app.origin}
VITE_VAULT=${app.guardianOrigin}
VITE_ISSUER=${app.asOrigin}
VITE_CLIENT_ID=demo
VITE_API=${app.apiOrigin}/v1/
`,
      },
    })
    await project.run('tsc')
    await project.run('vite', 'build')
    await project.serve({ server: { workerPath: '/guardian-sw.js' } })
    const status = page.getByRole('status')
    const button = (label: string): Locator =>
      page.getByRole('button', { name: label, exact: true })

    await page.goto(app.origin)
    await expect(status).toHaveText('You are signed out.')
    await expectAccessible(page)
    await button('Sign in').click()
    await enterPassword(page)
    await expect(status).toHaveText('You are signed in as alice.')
    await button('Call the API').click()
    await expect(page.getByLabel('Answer of the API')).toContainText('"sub":"alice"')
    await expectAccessible(page)
    await expectNoSecrets(page)

    await page.reload()
    await expect(status).toHaveText('You are signed in as alice.')
    await button('Sign out').click()
    await expect(status).toHaveText('You are signed out.')
    await expect(page.getByRole('alert')).toHaveCount(0)
    // Not only here: the server asks for the password again.
    await button('Sign in').click()
    await expect(page.getByLabel('Password')).toBeVisible()
  })
}

test('the example for react shows why a sign-in failed', async ({ page, app, freshProject }) => {
  const project = await freshProject({
    dependencies: await dependencies(),
    copyOf: folderOf('react'),
    // No client of the server.
    files: {
      '.env': `VITE_APP=${app.origin}
VITE_VAULT=${app.guardianOrigin}
VITE_ISSUER=${app.foreignOrigin}
VITE_CLIENT_ID=demo
VITE_API=${app.apiOrigin}/v1/
`,
    },
  })
  await project.run('vite', 'build')
  await project.serve({ server: { workerPath: '/guardian-sw.js' } })
  await page.goto(app.origin)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toContainText(app.foreignOrigin)
  await expectAccessible(page)
})

function folderOf(name: string): string {
  return join(projectFolder, 'examples', name)
}

/** Of all examples, so that they are installed once. */
async function dependencies(): Promise<Dependencies> {
  const manifests = await Promise.all(
    EXAMPLES.map(async (name) => readFile(join(folderOf(name), 'package.json'), 'utf8')),
  )
  const all = manifests.map((text) => {
    const manifest = JSON.parse(text) as Record<'dependencies' | 'devDependencies', Dependencies>
    return { ...manifest.dependencies, ...manifest.devDependencies }
  })
  // What is installed is this version's tarball.
  const { 'token-guardian': _published, ...others } = Object.assign({}, ...all) as Record<
    string,
    string
  >
  return others
}

async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await violations(page), colorScheme).toEqual([])
  }
}
