import { CONFIG_GLOBAL, CONFIG_SCRIPT } from '../../src/contract/config-script.ts'

/** A worker's scope, with or without a configuration that was baked into its script. */
export type PrebuiltScope = ServiceWorkerGlobalScope & { readonly [CONFIG_GLOBAL]?: unknown }

interface FoundConfig {
  /** Not checked yet. */
  readonly config: unknown
  /** URL of the script that holds it. */
  readonly place: string
}

export const HOW_TO_BAKE = `Make it with "npx token-guardian bake <config.json> --out <folder of the worker>"`

/**
 * The configuration of a prebuilt worker: from its own file, otherwise from the script beside it.
 *
 * A script, and not JSON that is fetched, because the browser installs imported scripts with the worker. They stay what they
 * were for as long as this version lives, a changed one is a new version, and no page can write them. Whatever else a worker
 * could keep between two starts is storage of the origin, which every page can write.
 * @throws TypeError that says what is missing, where, and how to make it
 */
export function workerConfig(self: PrebuiltScope): FoundConfig {
  const baked = self[CONFIG_GLOBAL]
  if (baked !== undefined) return { config: baked, place: self.location.href }
  // Imports are resolved against the script that was registered, whichever file says `importScripts`.
  const place = new URL(CONFIG_SCRIPT, self.location.href).href
  importBeside(self, place)
  const config = self[CONFIG_GLOBAL]
  if (config !== undefined) return { config, place }
  throw new TypeError(
    `token-guardian: ${place} was loaded, but it sets no ${CONFIG_GLOBAL}. ${HOW_TO_BAKE}`,
  )
}

function importBeside(self: PrebuiltScope, place: string): void {
  try {
    self.importScripts(place)
  } catch (cause) {
    const message = `token-guardian: this worker has no configuration. ${why(place, cause)}`
    throw new TypeError(message, { cause })
  }
}

function why(place: string, cause: unknown): string {
  // What a module worker says of `importScripts`.
  if (cause instanceof TypeError) return `Register it as a classic worker, not with type 'module'`
  if (cause instanceof DOMException && cause.name === 'NetworkError') {
    return `${place} could not be loaded: it is missing, or not served as JavaScript. ${HOW_TO_BAKE}`
  }
  return `${place} is broken (${String(cause)}). ${HOW_TO_BAKE}`
}
