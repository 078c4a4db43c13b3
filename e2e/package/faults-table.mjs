// Writes the table of faults survived into docs/reliability.md, from what the last run of the matrix counted. With --check it only compares.
import { readFile, writeFile } from 'node:fs/promises'

const results = new URL('../../.build/results/faults.jsonl', import.meta.url)
const page = new URL('../../docs/reliability.md', import.meta.url)
const [begin, end] = ['<!-- faults:begin -->', '<!-- faults:end -->']
const engineNames = { chromium: 'Chromium', firefox: 'Firefox ESR', webkit: 'WebKitGTK' }

const tries = (await readFile(results, 'utf8').catch(() => ''))
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line))
if (tries.length === 0) {
  console.error('The matrix of faults did not run: there is nothing to make the table from')
  process.exit(1)
}
const unique = (key) => [...new Set(tries.map((one) => one[key]))]
const engines = Object.keys(engineNames).filter((engine) => unique('engine').includes(engine))
const steps = ['login', 'exchange', 'refresh', 'replay', 'logout', 'update']
// In the order of the one project that runs them all, and runs them one after the other. Updates have another.
const inOrder = tries.filter(
  (one) => one.engine === 'chromium' && one.topology === 'same-origin' && one.step !== 'update',
)
const faults = [...new Set(inOrder.map((one) => one.fault))]

const count = (those, key) => those.reduce((sum, one) => sum + Number(one[key]), 0)
const row = (cells) => `| ${cells.join(' | ')} |`
const lines = [
  row(['fault', ...steps, ...engines.map((engine) => `in ${engineNames[engine]}`)]),
  row(['---', ...steps.map(() => '---:'), ...engines.map(() => '---:')]),
  ...faults.map((fault) => {
    const those = tries.filter((one) => one.fault === fault)
    return row([
      fault,
      ...steps.map((step) => those.filter((one) => one.step === step).length || '–'),
      ...engines.map((engine) => those.filter((one) => one.engine === engine).length || '–'),
    ])
  }),
  '',
  row(['', 'tried', 'sessions lost', 'requests lost', 'hangs', 'refresh tokens repeated']),
  row(['---', '---:', '---:', '---:', '---:', '---:']),
  ...engines.map((engine) => {
    const those = tries.filter((one) => one.engine === engine)
    return row([
      engineNames[engine],
      those.length,
      ...['sessionsLost', 'requestsLost', 'hangs', 'repeated'].map((key) => count(those, key)),
    ])
  }),
]

const before = await readFile(page, 'utf8')
const from = before.indexOf(begin)
const to = before.indexOf(end)
if (from < 0 || to < from) throw new Error(`docs/reliability.md has no ${begin} … ${end}`)
const table = `${begin}\n\n${lines.join('\n')}\n\n${end}`
const after = before.slice(0, from) + table + before.slice(to + end.length)
// The formatter aligns columns; that is no difference.
const normal = (text) => text.replace(/ *\| */g, '|').replace(/\|[-:|]+\|/g, '|-|')
if (!process.argv.includes('--check')) await writeFile(page, after)
else if (normal(after) !== normal(before)) {
  console.error('The table of faults in docs/reliability.md is not what the run counted:')
  console.error(lines.join('\n'))
  console.error('Run `node e2e/package/faults-table.mjs && npx oxfmt docs` after `npm test`')
  process.exit(1)
}
