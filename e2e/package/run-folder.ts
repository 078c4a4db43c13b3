import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const variable = 'TOKEN_GUARDIAN_FRESH'

/**
 * Makes the folder for the fresh projects of this run, outside of this project: nothing in it can find a package of ours by
 * looking upwards.
 * @returns a function that removes it
 */
export async function createRunFolder(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'token-guardian-fresh-'))
  process.env[variable] = folder
  return () => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}

/** The folder that all tests of this run share. */
export function runFolder(): string {
  const folder = process.env[variable]
  if (folder === undefined)
    throw new Error('The global setup of e2e/playwright.config.ts did not run')
  return folder
}
