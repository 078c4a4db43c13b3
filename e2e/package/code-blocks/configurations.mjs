// What a page shows as a configuration of the guardian is one: it goes through the check that builds and workers make.
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseConfig } from '../../../dist/src/contract/parse-config.js'
import { plainScript } from './compile.mjs'

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
  const script = `${path.replace(/\.ts$/, '')}.mjs`
  try {
    await writeFile(script, await plainScript(path))
    const { default: value } = await import(pathToFileURL(resolve(script)).href)
    if (block.realm === 'configuration') parseMembers(value)
    else if (isObjectOfGuardian(value)) parseConfig(value)
    return []
  } catch (error) {
    return [`${block.page}:${block.line}: ${String(error)}`]
  }
}

/** Members are good in the topology that they belong to, and where they do not say it in both. */
export function parseMembers(members) {
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
