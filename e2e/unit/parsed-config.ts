import type { GuardianConfig, ParsedConfig } from '../../src/contract/config.ts'
import { parseConfig } from '../../src/contract/parse-config.ts'

export const ISSUER = 'https://as.example'
export const APP = 'https://app.example'
export const API = 'https://api.example/v1/'

/** The smallest configuration that works. */
export const smallConfig: GuardianConfig = {
  topology: 'same-origin',
  clients: { issuer: ISSUER, clientId: 'app' },
  resources: [{ url: API }],
}

export const VAULT = 'https://vault.example'

export const vaultConfig: GuardianConfig = {
  ...smallConfig,
  topology: 'vault',
  vaultOrigin: VAULT,
  appOrigins: [APP],
}

/** A checked configuration: the smallest one with some fields changed. */
export function configWith(change: Partial<GuardianConfig> = {}): ParsedConfig {
  return parseConfig({ ...smallConfig, ...change })
}
