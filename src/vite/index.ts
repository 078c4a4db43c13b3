export type {
  ClientConfig,
  Destination,
  GuardianConfig,
  ResourceConfig,
} from '../contract/config.ts'
export { buildVault } from './build-vault.ts'
export { tokenGuardian, type TokenGuardianOptions } from './token-guardian.ts'
