// Writes the sizes in the README's third line from the budgets in package.json: nothing that an app ships is larger than the README
// says. `--check` fails when they have drifted apart.
import { readFile, writeFile } from 'node:fs/promises'

/** The words behind a number, and the name of the budget that it is of. */
const QUOTES = {
  'KB of page code': 'client with workbox-window',
  // What an app with a vault and no worker of its own serves; in a worker of its own it is a little less.
  'KB in your worker': 'prebuilt forwarder',
  'KB into its frame': 'bridge',
  'KB into its own worker': "vault's worker",
}

const budgets = JSON.parse(await readFile('package.json', 'utf8'))['size-limit']
const readme = await readFile('README.md', 'utf8')
const next = Object.entries(QUOTES).reduce((text, [words, name]) => {
  const limit = /^([\d.]+) kB$/.exec(budgets.find((budget) => budget.name === name)?.limit)?.[1]
  if (limit === undefined) throw new Error(`package.json has no budget in kB of the name "${name}"`)
  const parts = text.split(new RegExp(String.raw`\d+(?:\.\d+)? (?=${words}\b)`))
  if (parts.length !== 2) throw new Error(`README.md must say once how many "${words}"`)
  return parts.join(`${limit} `)
}, readme)

if (!process.argv.includes('--check')) await writeFile('README.md', next)
else if (next !== readme) {
  console.error('The sizes in the README are out of date: run `node e2e/package/readme-sizes.mjs`')
  process.exit(1)
}
