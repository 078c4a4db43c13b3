// `npm run soak`: a browser under load and faults for some minutes. Plain JavaScript: it runs before anything is compiled.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { findChromium, findHeadlessShell } from '../find-chromium.mjs'

const usage = 'npm run soak -- [--minutes 10] [--seed number] [--topology vault|same-origin]'
const projectFolder = fileURLToPath(new URL('../../', import.meta.url))
const compiledSoak = new URL('../../.build/e2e/soak/soak.js', import.meta.url)

function readOptions() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      topology: { type: 'string' },
    },
  })
  const minutes = Number(values.minutes)
  const seed = Number(values.seed)
  if (!(minutes > 0)) throw new Error('--minutes must be a number above 0')
  if (!Number.isInteger(seed)) throw new Error('--seed must be a whole number')
  const { topology } = values
  if (topology !== undefined && topology !== 'vault' && topology !== 'same-origin') {
    throw new Error('--topology must be vault or same-origin')
  }
  return { minutes, seed, topologies: topology ? [topology] : ['vault', 'same-origin'] }
}

let options
try {
  options = readOptions()
} catch (error) {
  console.error(`${error.message}\n${usage}`)
  process.exit(2)
}
for (const build of [['node_modules/typescript/bin/tsc', '-b'], ['sw/prebuilt/bundle.mjs']]) {
  const { status } = spawnSync(process.execPath, build, { cwd: projectFolder, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}
const chromium = await findChromium()
process.env['CHROMIUM_PATH'] = chromium
process.env['HEADLESS_SHELL_PATH'] = findHeadlessShell(chromium)
const { soak } = await import(compiledSoak.href)
process.exitCode = (await soak(options)) ? 0 : 1
