// What a page shows as a configuration of the guardian is one: it goes through the check that builds and workers make.
import { resolve } from 'node:path'
import { runnerImport } from 'vite'
import { parseConfig } from '../../../dist/src/contract/parse-config.js'

/** What members of a configuration that stand alone are part of. */
const SURROUNDINGS = {
  'same-origin': { topology: 'same-origin' },
  vault: {
    topology: 'vault',
    vaultOrigin: 'https://vault.example.com',
    appOrigins: ['https://app.example.com'],
  },
}
const REST = {
  clients: { issuer: 'https://id.example.com', clientId: 'my-app' },
  resources: [{ url: 'https://api.example.com/v1/' }],
}

/** A file of these names is run: `tokenGuardian(config)` in it refuses a configuration that is wrong. */
export function isConfiguration({ realm, file }) {
  return realm === 'configuration' || /^(vite|guardian)\.config\.ts$/.test(file ?? '')
}

/** @returns what is wrong with the configuration in the block that was written to `path` */
export async function problemsOfConfiguration(block, path) {
  try {
    const { module } = await runnerImport(resolve(path))
    if (block.realm === 'configuration') parseMembers(module.default)
    else for (const value of Object.values(module).filter(isObjectOfGuardian)) parseConfig(value)
    return []
  } catch (error) {
    return [`${block.page}:${block.line}: ${String(error)}`]
  }
}

/** Members are good in the topology that they belong to, and where they do not say it in both. */
function parseMembers(members) {
  const topologies = members.topology === undefined ? topologiesOf(members) : [members.topology]
  for (const topology of topologies) {
    parseConfig({ ...SURROUNDINGS[topology], ...REST, ...members })
  }
}

function topologiesOf(members) {
  if ('storage' in members) return ['same-origin']
  const ofVault = ['vaultOrigin', 'appOrigins', 'serverOrigins'].some((name) => name in members)
  return ofVault ? ['vault'] : Object.keys(SURROUNDINGS)
}

/** `clients` and `resources` are its own words. */
export function isObjectOfGuardian(value) {
  return typeof value === 'object' && value !== null && 'clients' in value && 'resources' in value
}
