import type { GuardianConfig } from '../../src/contract/config.ts'
import type { ApiAccess } from '../host/api-access.ts'
import { HOW_TO_BAKE, workerConfig, type PrebuiltScope } from './worker-config.ts'

/** `installGuardian` or `installForwarder`. */
type Installer = (self: ServiceWorkerGlobalScope, config: GuardianConfig) => ApiAccess

/**
 * Starts a prebuilt worker. Code of the app in the same worker finds what `installGuardian` returns in the global
 * `tokenGuardian`: a script that is imported has nothing to return.
 * @throws TypeError that says what is wrong with the configuration, where, and how to make it
 */
export function startWorker(
  self: PrebuiltScope,
  installerFor: (topology: unknown) => Installer,
): void {
  const { config, place } = workerConfig(self)
  const { topology } = (config ?? {}) as { readonly topology?: unknown }
  try {
    // The installer parses it, whatever it is.
    const value = installerFor(topology)(self, config as GuardianConfig)
    Object.defineProperty(self, 'tokenGuardian', { value })
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new TypeError(`token-guardian: ${place}: ${message}\n${HOW_TO_BAKE}`, { cause })
  }
}
