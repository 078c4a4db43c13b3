import type { GuardianConfig } from '../src/contract/config.ts'
export type {
  ClientConfig,
  Destination,
  GuardianConfig,
  ResourceConfig,
} from '../src/contract/config.ts'
export type { PresentUser } from './core/present-users.ts'
export type { ApiAccess, ApiFetchInit } from './host/api-access.ts'
export { installGuardian, type Guardian, type InstallOptions } from './host/install-guardian.ts'
export type { LeaveToNetwork } from './host/static-routes.ts'
export { installForwarder, type Forwarder, type ForwarderOptions } from './vault/forwarder.ts'

declare global {
  /** The configuration that `tokenGuardian()` of `token-guardian/vite` bakes into the worker. */
  var __TOKEN_GUARDIAN_CONFIG__: GuardianConfig
}
