import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from '@playwright/test'

import { projectFolder } from '../../fixtures/project-folder.ts'
import { compilers } from '../dependencies.ts'
import { entries, notModules, type Entry } from '../entries.ts'
import { install } from '../install.ts'
import { makeProject } from '../make-project.ts'
import { runProgram } from '../run-program.ts'

const RESOLUTIONS = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
}

/** The library of each realm, and a name that only another one has. */
const REALMS = {
  page: { lib: ['ES2023', 'DOM', 'DOM.Iterable'], foreign: 'ServiceWorkerGlobalScope' },
  worker: { lib: ['ES2023', 'WebWorker', 'WebWorker.Iterable'], foreign: 'Document' },
  // Types of Vite bring those of Node, which name some of a page.
  node: { lib: ['ES2023', 'DOM'], foreign: 'ServiceWorkerGlobalScope' },
}

test('what is exported is on the list of what the tests of the package try', async () => {
  const text = await readFile(`${projectFolder}package.json`, 'utf8')
  const { exports } = JSON.parse(text) as { readonly exports: Readonly<Record<string, string>> }
  expect([...Object.keys(entries), ...notModules].toSorted()).toEqual(
    Object.keys(exports).toSorted(),
  )
})

for (const compiler of Object.keys(compilers)) {
  for (const [resolution, options] of Object.entries(RESOLUTIONS)) {
    test(`types of each export compile by themselves: ${compiler}, ${resolution}`, async () => {
      const program = join(await install(compilers), 'node_modules', compiler, 'bin', 'tsc')
      const complaints = Object.values(entries).map((entry) =>
        complaintsOf(program, entry, options),
      )
      expect((await Promise.all(complaints)).flat()).toEqual([])
    })
  }
}

/** What a strict compiler, which looks into the declarations of packages too, has to say of ours and of a program that uses them. */
async function complaintsOf(
  compiler: string,
  { realm, program, dependencies = compilers }: Entry,
  options: object,
): Promise<readonly string[]> {
  const { lib, foreign } = REALMS[realm]
  const { folder } = await makeProject({
    dependencies,
    files: {
      'program.ts': `${program}
// @ts-expect-error Nothing that was imported brings the globals of another realm.
export type Foreign = ${foreign}
`,
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          ...options,
          lib,
          target: 'ES2022',
          types: realm === 'node' ? ['node'] : [],
          strict: true,
          exactOptionalPropertyTypes: true,
          verbatimModuleSyntax: true,
          skipLibCheck: false,
          noEmit: true,
        },
        files: ['program.ts'],
      }),
    },
  })
  const args = [compiler, '-p', folder, '--pretty', 'false']
  const { code, stdout, stderr } = await runProgram(process.execPath, args, { cwd: folder })
  if (code !== 0 && !stdout.includes('error TS')) return [`${compiler} failed:\n${stdout}${stderr}`]
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !/node_modules\/(?!token-guardian\/)/.test(line))
}
