// Writes the README's table of errors from the comments of the code union; `--check` fails when it is not up to date.
import { readFile, writeFile } from 'node:fs/promises'

const START = '<!-- errors: generated from src/contract/errors.ts -->'
const END = '<!-- /errors -->'

const source = await readFile('src/contract/errors.ts', 'utf8')
const union = source.slice(
  source.indexOf('export type AuthErrorCode'),
  source.indexOf('/** The step in which'),
)
const rows = [...union.matchAll(/\/\*\* (.+?) \*\/\s*\| '([a-z-]+)'/gs)].map(
  ([, text, code]) =>
    `| \`${code}\` | ${text.replaceAll(/\s*\n\s*\*\s*/g, ' ').replaceAll('|', '\\|')} |`,
)
if (rows.length !== [...union.matchAll(/\| '/g)].length) throw new Error('A code has no comment')

const table = ['| Code | What happened and what to do |', '|---|---|', ...rows].join('\n')
const readme = await readFile('README.md', 'utf8')
const [before, rest] = readme.split(START)
const after = rest?.split(END)[1]
if (after === undefined) throw new Error(`README.md has no ${START} … ${END}`)
const next = `${before}${START}\n${table}\n${END}${after}`

if (!process.argv.includes('--check')) await writeFile('README.md', next)
else if (squeeze(next) !== squeeze(readme)) {
  console.error('The table of errors is out of date: run `node e2e/package/errors-table.mjs`')
  process.exit(1)
}

/** The formatter pads tables; the words are what counts. */
function squeeze(text) {
  return text.replaceAll(/[\s-]+/g, ' ')
}
