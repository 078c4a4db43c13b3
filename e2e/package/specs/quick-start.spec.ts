import { vite7, vite8 } from '../dependencies.ts'
import { expect, status, test } from '../fresh-project.ts'
import type { App } from '../../fixtures/app.ts'
import { enterPassword } from '../../fixtures/app.ts'
import { readmeBlocks } from '../readme.ts'

test.use({ topology: 'vault' })

for (const [name, dependencies] of Object.entries({ 'Vite 8': vite8, 'Vite 7': vite7 })) {
  test(`the README's quick start as its code blocks say, with ${name}: it builds, signs in and calls the API`, async ({
    page,
    app,
    freshProject,
    expectNoSecrets,
  }) => {
    const project = await freshProject({ dependencies, files: await quickStart(app) })
    await project.run('vite', 'build')
    await project.serve()

    await page.goto(app.origin)
    await page.getByRole('button', { name: 'Sign in' }).click()
    const answer = page.waitForResponse(`${app.apiOrigin}/v1/me`)
    await enterPassword(page)
    await expect(status(page)).toHaveText('signed-in')
    expect((await answer).status()).toBe(200)
    expect(await (await answer).json()).toMatchObject({ sub: 'alice' })
    await expectNoSecrets(page)
  })
}

/** The blocks, with the hosts of this machine instead of the example's, and a page that shows what came of them. */
async function quickStart(app: App): Promise<Record<string, string>> {
  const blocks = await readmeBlocks()
  const block = (title: string): string => {
    const code = blocks.get(title)
    if (code === undefined)
      throw new Error(`The README has no block that begins with "// ${title}"`)
    return [
      ['https://vault.example.com', app.guardianOrigin],
      ['https://app.example.com', app.origin],
      ['https://id.example.com', app.asOrigin],
      ['https://api.example.com/v1/orders', `${app.apiOrigin}/v1/me`],
      ['https://api.example.com', app.apiOrigin],
      ['my-app', 'demo'],
    ].reduce((text, [example = '', here = '']) => text.replaceAll(example, here), code)
  }
  return {
    'index.html': `<!doctype html>
<title>Quick start</title>
<link rel="icon" href="data:,">
<p role="status">starting</p>
<button>Sign in</button>
<script type="module" src="/src/main.ts"></script>
`,
    'src/main.ts': `${block('the page')}
document.querySelector('[role=status]')!.textContent = status
`,
    'vite.config.ts': block('vite.config.ts'),
  }
}
