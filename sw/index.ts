export type { ClientConfig, GuardianConfig, ResourceConfig } from '../src/contract/config.ts'
export { installGuardian, type Guardian, type InstallOptions } from './host/install-guardian.ts'
export type { LeaveToNetwork } from './host/static-routes.ts'
export { installForwarder, type Forwarder, type ForwarderOptions } from './vault/forwarder.ts'
