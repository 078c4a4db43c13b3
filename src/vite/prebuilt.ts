import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Scripts of the package that need nothing but a configuration. */
export type PrebuiltScript =
  | 'guardian-sw.js'
  | 'forwarder-sw.js'
  | 'token-guardian.js'
  | `vault/${'bridge' | 'recover' | 'popup' | 'guardian-sw'}.js`

/** @throws Error when the package was not built */
export async function prebuilt(name: PrebuiltScript): Promise<string> {
  // By the package's own name: the folder is the same one from the sources and from what is published.
  const packageFile = createRequire(import.meta.url).resolve('token-guardian/package.json')
  const path = join(dirname(packageFile), 'dist/prebuilt', name)
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new Error(`${path} cannot be read: run "npm run build" in the package`, { cause })
  }
}
