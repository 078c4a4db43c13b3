import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { projectFolder } from '../fixtures/project-folder.ts'
import { oncePerRun } from './once-per-run.ts'
import { runWell } from './run-program.ts'

/** What is published, packed once per run from this project as it is built. @returns the file */
export async function tarball(): Promise<string> {
  const folder = await oncePerRun('tarball', async (made) => {
    await runWell('npm', ['pack', '--ignore-scripts', '--pack-destination', made], {
      cwd: projectFolder,
    })
  })
  const [file] = await readdir(folder)
  if (file === undefined) throw new Error('npm pack made no file')
  return join(folder, file)
}
