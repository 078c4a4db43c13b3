export type { ClientConfig, GuardianConfig, ResourceConfig } from '../contract/config.ts'
export { tokenGuardian } from './token-guardian.ts'
