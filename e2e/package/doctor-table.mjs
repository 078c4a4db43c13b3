// Writes the table of findings into docs/doctor.md from the doctor's own list; `--check` fails when it is not up to date.
import { readFile, writeFile } from 'node:fs/promises'

import { CHECKS, FINDINGS } from '../../dist/src/doctor/catalogue.js'

const PAGE = 'docs/doctor.md'
const START = '<!-- findings: generated from src/doctor/catalogue -->'
const END = '<!-- /findings -->'

const cell = (text) => text.replaceAll('|', '\\|')
const tables = Object.entries(CHECKS).map(([check, title]) => {
  const rows = Object.entries(FINDINGS)
    .filter(([, finding]) => finding.check === check)
    .map(([id, finding]) => {
      const { level, title: what, why, change } = finding
      return `| \`${id}\` | ${level} | ${cell(what)} | ${cell(why)} | ${cell(change)} |`
    })
  const head = [
    '| Id | Level | What is wrong | Why it matters | What to change |',
    '|---|---|---|---|---|',
  ]
  return `### ${title} (\`${check}\`)\n\n${[...head, ...rows].join('\n')}`
})

const page = await readFile(PAGE, 'utf8')
const [before, rest] = page.split(START)
const after = rest?.split(END)[1]
if (after === undefined) throw new Error(`${PAGE} has no ${START} … ${END}`)
const next = `${before}${START}\n\n${tables.join('\n\n')}\n\n${END}${after}`

if (!process.argv.includes('--check')) await writeFile(PAGE, next)
else if (squeeze(next) !== squeeze(page)) {
  console.error('The table of findings is out of date: run `node e2e/package/doctor-table.mjs`')
  process.exit(1)
}

/** The formatter pads tables; the words are what counts. */
function squeeze(text) {
  return text.replaceAll(/[\s-]+/g, ' ')
}
