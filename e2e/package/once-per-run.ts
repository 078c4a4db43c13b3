import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { waitFor } from '../engines/wait-for.ts'
import { runFolder } from './run-folder.ts'

/** Longer than anything that is made once may take. */
const OTHERS_MS = 300_000

interface Outcome {
  readonly error?: string
}

/**
 * Makes a folder in the run's that tests share, whatever process they are in: the first that asks makes it, others wait for it.
 * @returns the folder
 * @throws Error of the one that made it, for all
 */
export async function oncePerRun(
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(runFolder(), name)
  const outcome = `${folder}.outcome`
  // Of several that make the same folder one succeeds.
  const isFirst = await mkdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
  if (isFirst) await writeOutcome(outcome, await outcomeOf(make(folder)))
  const { error } = await waitFor(`${name}, which another test makes`, OTHERS_MS, () =>
    readOutcome(outcome),
  )
  if (error !== undefined) throw new Error(error)
  return folder
}

async function outcomeOf(made: Promise<void>): Promise<Outcome> {
  try {
    await made
    return {}
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

/** It is there whole or not at all. */
async function writeOutcome(file: string, outcome: Outcome): Promise<void> {
  await writeFile(`${file}.part`, JSON.stringify(outcome))
  await rename(`${file}.part`, file)
}

async function readOutcome(file: string): Promise<Outcome> {
  return JSON.parse(await readFile(file, 'utf8')) as Outcome
}
