import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const variable = 'TOKEN_GUARDIAN_PROFILES'

/**
 * Makes the folder for the profiles of this run.
 * @returns a function that removes it, with what late processes of ended browsers wrote there
 */
export async function createProfilesFolder(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'token-guardian-profiles-'))
  process.env[variable] = folder
  return () => removeProfile(folder)
}

export function createProfile(engine: string): Promise<string> {
  const folder = process.env[variable]
  if (folder === undefined)
    throw new Error('The global setup of e2e/playwright.config.ts did not run')
  return mkdtemp(join(folder, `${engine}-`))
}

export function removeProfile(profile: string): Promise<void> {
  return rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}
