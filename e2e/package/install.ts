import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { oncePerRun } from './once-per-run.ts'
import { runWell } from './run-program.ts'
import { tarball } from './tarball.ts'

/** Exact versions by name. */
export type Dependencies = Readonly<Record<string, string>>

/** Milliseconds, for a slow network and a machine that has more to do. */
const INSTALL_MS = 240_000

/**
 * Installs the tarball and what a project needs beside it, as its user would. Once per run for the same dependencies: projects
 * in folders below have them in common.
 * @returns the folder
 */
export async function install(dependencies: Dependencies = {}): Promise<string> {
  const packed = await tarball()
  const hash = createHash('sha256').update(JSON.stringify(dependencies)).digest('hex')
  return oncePerRun(`install-${hash.slice(0, 12)}`, async (folder) => {
    const manifest = {
      private: true,
      type: 'module',
      dependencies: { 'token-guardian': `file:${packed}`, ...dependencies },
    }
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
    await runWell('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], {
      cwd: folder,
      timeoutMs: INSTALL_MS,
    })
  })
}
