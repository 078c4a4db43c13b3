import { expect, test } from '@playwright/test'

import { compilers } from '../dependencies.ts'
import { entries } from '../entries.ts'
import { makeProject } from '../make-project.ts'
import { runWell } from '../run-program.ts'

// What a server renders and what a test runner loads of the package is loaded by Node itself, not by a bundler.
for (const [name, { realm, dependencies = compilers }] of Object.entries(entries)) {
  if (realm === 'worker') continue
  test(`${name} can be imported in Node`, async () => {
    const entry = name.replace('.', 'token-guardian')
    const { folder } = await makeProject({
      dependencies,
      files: {
        'import.js': `console.log(Object.keys(await import(${JSON.stringify(entry)})).join())\n`,
      },
    })
    expect((await runWell(process.execPath, ['import.js'], { cwd: folder })).trim()).not.toBe('')
  })
}
