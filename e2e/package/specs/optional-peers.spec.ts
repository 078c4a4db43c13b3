import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'

import { expect, test } from '@playwright/test'

import { compilers } from '../dependencies.ts'
import { entries } from '../entries.ts'
import { install, type Dependencies } from '../install.ts'

interface Manifest {
  readonly exports: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>
}

test('no peer is installed unless it is asked for', async () => {
  const { folder, manifest } = await installed(compilers)
  for (const peer of Object.keys(manifest.peerDependencies)) {
    expect(manifest.peerDependenciesMeta[peer], peer).toEqual({ optional: true })
    expect(isThere(folder, peer), peer).toBe(false)
  }
})

for (const [name, { dependencies = compilers, importsNothing = false }] of Object.entries(
  entries,
)) {
  const beside = dependencies === compilers ? 'without any peer' : 'with its peers'
  test(`what ${name} imports is there ${beside}`, async () => {
    const { folder, manifest } = await installed(dependencies)
    const imported = await importsOf(join(folder, manifest.exports[name] ?? ''))
    expect(imported.size === 0, 'imports no package').toBe(importsNothing)
    expect([...imported].filter((one) => !isThere(folder, one))).toEqual([])
  })
}

async function installed(
  dependencies: Dependencies,
): Promise<{ readonly folder: string; readonly manifest: Manifest }> {
  const folder = join(await install(dependencies), 'node_modules', 'token-guardian')
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
  return { folder, manifest }
}

/** In what the compiler writes: a statement at the start of a line, with names or without. */
const IMPORTS = /^(?:import|export)\s(?:[^;'"()]*\sfrom\s)?['"]([^'"]+)['"]/gm

/** Names of the packages that a module, and those of ours that it imports, import. */
async function importsOf(file: string, seen = new Set<string>()): Promise<ReadonlySet<string>> {
  if (seen.has(file)) return new Set()
  seen.add(file)
  const code = await readFile(file, 'utf8')
  const names = new Set<string>()
  for (const [, name = ''] of code.matchAll(IMPORTS)) {
    if (!name.startsWith('.')) names.add(name)
    else for (const one of await importsOf(join(dirname(file), name), seen)) names.add(one)
  }
  return names
}

/** Whether a module of the package would find another one. */
function isThere(folder: string, name: string): boolean {
  const paths = createRequire(join(folder, 'package.json')).resolve.paths(name)
  return isBuiltin(name) || (paths ?? []).some((path) => existsSync(join(path, name)))
}
