import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from '@playwright/test'

import { vite8 } from '../dependencies.ts'
import { makeProject } from '../make-project.ts'

/** What a program leads to in a bundle. */
interface Bundle {
  /** Folders of the package, and names of others, from which something was left in it. */
  readonly from: readonly string[]
  readonly code: string
}

const ROUTES = ['workbox-core', 'workbox-routing']

const programs: readonly {
  readonly title: string
  readonly program: string
  /** Exactly these. */
  readonly from: readonly string[]
}[] = [
  {
    title: 'a page has the client, and nothing of the protocol',
    program: `import { createAuthClient } from 'token-guardian'\ncreateAuthClient()`,
    from: ['src/client', 'src/contract', 'workbox-window'],
  },
  {
    title:
      'the worker of an app with a vault has nothing of the page, no step of the protocol and no storage',
    program: `import { installForwarder } from 'token-guardian/worker'\ninstallForwarder(self, {})`,
    // Of core and protocol: which request is for an API, and what a failure looks like.
    from: ['src/contract', 'sw/core', 'sw/host', 'sw/protocol', 'sw/vault', ...ROUTES],
  },
  {
    title: 'the guardian has nothing of the page',
    program: `import { installGuardian } from 'token-guardian/worker'\ninstallGuardian(self, {})`,
    from: [
      'src/contract',
      ...['core', 'host', 'protocol', 'storage'].map((folder) => `sw/${folder}`),
      'idb',
      'oauth4webapi',
      ...ROUTES,
    ],
  },
  {
    title: 'who asks only what an error is gets no client',
    program: `import { isAuthError } from 'token-guardian'\nexport const is = isAuthError`,
    from: ['src/contract'],
  },
  {
    title: 'types are nothing',
    program: `import type { Session } from 'token-guardian'
import type { Guardian } from 'token-guardian/worker'
export const one: Session | Guardian | undefined = undefined`,
    from: [],
  },
  {
    title: 'what is imported and not used is nothing',
    program: `import { createAuthClient } from 'token-guardian'
import { mountPanel } from 'token-guardian/panel'
import { installGuardian } from 'token-guardian/worker'
import { ReplayQueue } from 'token-guardian/workbox'
import 'token-guardian'
import 'token-guardian/panel'
import 'token-guardian/worker'
export const one = 1`,
    from: [],
  },
]

for (const { title, program, from } of programs) {
  test(`bundled from the package: ${title}`, async () => {
    const bundle = await bundleOf(program)
    expect(bundle.from).toEqual(from.toSorted())
    // A word of each that no minifier changes.
    expect(bundle.code.includes('code_verifier')).toBe(from.includes('oauth4webapi'))
    expect(bundle.code.includes('token-guardian-vault')).toBe(from.includes('src/client'))
  })
}

async function bundleOf(program: string): Promise<Bundle> {
  const project = await makeProject({
    dependencies: vite8,
    files: {
      'program.ts': program,
      'vite.config.js': `import { writeFileSync } from 'node:fs'

export default {
  define: { 'process.env.NODE_ENV': '"production"' },
  build: { lib: { entry: 'program.ts', formats: ['es'], fileName: 'program' } },
  plugins: [
    {
      name: 'what-was-left',
      writeBundle(_, bundle) {
        const left = Object.values(bundle).flatMap(({ modules = {} }) =>
          Object.keys(modules).filter((id) => modules[id].renderedLength > 0),
        )
        writeFileSync('left.json', JSON.stringify(left))
      },
    },
  ],
}
`,
    },
  })
  await project.run('vite', 'build')
  const read = (file: string): Promise<string> => readFile(join(project.folder, file), 'utf8')
  const left = JSON.parse(await read('left.json')) as readonly string[]
  return {
    from: [...new Set(left.flatMap(originOf))].toSorted(),
    code: await read('dist/program.js'),
  }
}

/** @returns nothing for the program itself */
function originOf(id: string): readonly string[] {
  const [, inPackage] = /\/node_modules\/token-guardian\/dist\/(.+)\/[^/]+$/.exec(id) ?? []
  const [, other] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id) ?? []
  return [inPackage ?? other ?? []].flat()
}
