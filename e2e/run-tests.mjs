// `npm test`: everything that is checked, in one command, on a fresh machine too. Plain JavaScript: it runs before any build.
import { spawn } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium, findHeadlessShell } from './find-chromium.mjs'
import { findEngines } from './find-engines.mjs'
import { findInteropServers } from './find-interop-servers.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const results = join(root, '.build', 'results')
const bin = (name) => join(root, 'node_modules', name)

const chromium = await findChromium()
process.env['CHROMIUM_PATH'] = chromium
process.env['HEADLESS_SHELL_PATH'] = findHeadlessShell(chromium)
process.env['PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD'] = '1'
const engines = findEngines()
const interopServers = findInteropServers()
// Read by the configuration of Playwright.
process.env['INTEROP_SERVERS_MISSING'] = Object.keys(interopServers.missing).join(' ')

/** Each step is one check, or a test runner that counts its own. `report` reads what a runner wrote. */
const steps = [
  { name: 'format', run: [bin('oxfmt/bin/oxfmt'), '--check', '.'] },
  { name: 'types', run: [bin('typescript/bin/tsc'), '-b'] },
  { name: 'prebuilt scripts', run: ['sw/prebuilt/bundle.mjs'] },
  {
    name: 'lint',
    run: [bin('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings', 'src', 'sw', 'e2e'],
  },
  {
    name: 'unit and browser-mode tests',
    run: [
      bin('vitest/vitest.mjs'),
      'run',
      '--config',
      'e2e/vitest.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${join(results, 'vitest.json')}`,
    ],
    report: async () => {
      const { testResults, ...counts } = await readResult('vitest.json')
      // Other steps print a lot after this one.
      notes.push(...testResults.flatMap(failuresIn))
      return {
        passed: counts.numPassedTests,
        failed: counts.numFailedTests,
        skipped: counts.numPendingTests,
      }
    },
  },
  { name: 'error codes in the README', run: ['e2e/package/errors-table.mjs', '--check'] },
  { name: 'sizes in the README', run: ['e2e/package/readme-sizes.mjs', '--check'] },
  { name: 'conformance modules in the docs', run: ['e2e/package/validation-table.mjs', '--check'] },
  { name: 'features in the docs', run: ['e2e/package/feature-table.mjs', '--check'] },
  { name: 'findings of the doctor in the docs', run: ['e2e/package/doctor-table.mjs', '--check'] },
  { name: 'engines in the docs', run: ['e2e/package/engines-table.mjs', '--check'] },
  { name: 'blocks of code in the docs', run: ['e2e/package/code-blocks.mjs'] },
  { name: 'blocks of code that are wrong', run: ['e2e/package/code-blocks-bite.mjs'] },
  { name: 'links in the docs', run: ['e2e/package/doc-links.mjs'] },
  { name: 'everything public in the docs', run: ['e2e/package/documented.mjs'] },
  { name: 'unused files and exports', run: [bin('knip/bin/knip.js')] },
  { name: 'package metadata', run: [bin('publint/src/cli.js'), '--strict'] },
  {
    name: 'package types',
    run: [
      bin('@arethetypeswrong/cli/dist/index.js'),
      '--pack',
      '.',
      '--profile',
      'esm-only',
      // A script for a worker, which nothing imports.
      '--exclude-entrypoints',
      './guardian-sw.js',
    ],
  },
  { name: 'published files', run: ['e2e/package/published-files.mjs'] },
  { name: 'bundles', run: ['e2e/package/bundle-for-size.mjs'] },
  { name: 'bundle sizes', run: [bin('size-limit/bin.js')] },
  { name: 'no machine paths or registry hosts', run: ['e2e/package/clean-tree.mjs'] },
  {
    name: 'end-to-end tests',
    run: [
      bin('@playwright/test/cli.js'),
      'test',
      '--config',
      'e2e/playwright.config.ts',
      '--reporter=list,json',
      ...['faults', 'faults-vault', 'faults-updates', 'faults-updates-vault'].map(
        (name) => `--project=${name}`,
      ),
      ...['same-origin', 'vault', 'chromium-engine', 'package'].map((name) => `--project=${name}`),
      ...engines.found.flatMap((name) => [`--project=faults-${name}`, `--project=${name}`]),
    ],
    environment: { PLAYWRIGHT_JSON_OUTPUT_NAME: join(results, 'playwright.json') },
    report: async () => {
      const { stats } = await readResult('playwright.json')
      return {
        passed: stats.expected,
        failed: stats.unexpected + stats.flaky,
        skipped: stats.skipped,
      }
    },
  },
]

// On a machine without an engine the run counts less than the table.
if (Object.keys(engines.missing).length === 0) {
  steps.push({
    name: 'faults survived in the docs',
    run: ['e2e/package/faults-table.mjs', '--check'],
  })
}

/** Characters of a step's errors that are told again at the end. */
const MOST_COMPLAINTS = 4000

async function readResult(file) {
  return JSON.parse(await readFile(join(results, file), 'utf8'))
}

function failuresIn({ name, message, assertionResults }) {
  const failed = assertionResults.filter(({ status }) => status === 'failed')
  return [
    ...(message ? [`${name}: ${message}`] : []),
    ...failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join('\n')}`),
  ]
}

function runStep({ run, environment = {} }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, run, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'pipe'],
      env: { ...process.env, ...environment },
    })
    let complaints = ''
    child.stderr.on('data', (chunk) => {
      process.stderr.write(chunk)
      complaints = (complaints + chunk).slice(-MOST_COMPLAINTS)
    })
    const end = (code) => resolve({ ok: code === 0, complaints })
    child.on('close', end)
    // A process that it left behind may hold its pipe for good.
    child.on('exit', (code) => setTimeout(end, 1000, code))
    child.on('error', (error) => resolve({ ok: false, complaints: String(error) }))
  })
}

await rm(results, { recursive: true, force: true })
await mkdir(results, { recursive: true })

const total = { passed: 0, failed: 0, skipped: 0 }
const failures = []
const notes = []
for (const [lacking, packages] of [
  ...Object.entries(engines.missing).map(([name, packages]) => [`in ${name}`, packages]),
  ...Object.entries(interopServers.missing).map(([name, packages]) => [`with ${name}`, packages]),
]) {
  const missing = `no tests ${lacking}: install ${packages.join(' ')}`
  // A machine that nobody watches must not pass with less.
  if (process.env['CI'] === undefined) notes.push(`SKIPPED: ${missing}`)
  else {
    failures.push(missing)
    total.failed += 1
  }
}
for (const step of steps) {
  console.log(`\n── ${step.name}`)
  const started = Date.now()
  const { ok, complaints } = await runStep(step)
  const counted = (await step.report?.().catch(() => undefined)) ?? {
    passed: ok ? 1 : 0,
    failed: ok ? 0 : 1,
    skipped: 0,
  }
  // A runner that fails without a failed test (nothing found, a crash in its setup) is a failure too.
  if (!ok && counted.failed === 0) {
    counted.failed = 1
    // Other steps print a lot after this one.
    notes.push(`${step.name} failed without a failed test. Its last words:\n${complaints}`)
  }
  if (counted.failed > 0) failures.push(step.name)
  for (const key of ['passed', 'failed', 'skipped']) total[key] += counted[key]
  console.log(
    `── ${step.name}: ${ok ? 'ok' : 'FAILED'} after ${Math.round((Date.now() - started) / 1000)} s`,
  )
}

for (const note of notes) console.log(`\n${note}`)
if (total.skipped > 0) console.log(`\nSKIPPED: ${total.skipped} tests did not run; see above`)
if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`)
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed === 0 ? 0 : 1)
