// Every block of code in the README, in docs and in the READMEs of examples is right: it compiles, parses, or names what exists.
// A block in a language that none of these knows is a failure, and so is one that does not say where it runs.
import { emptyFolder, compile, writeBlock } from './code-blocks/compile.mjs'
import { problemsOfCommands } from './code-blocks/commands.mjs'
import { readComponent } from './code-blocks/components.mjs'
import { isConfiguration, problemsOfConfiguration } from './code-blocks/configurations.mjs'
import { problemsOfData } from './code-blocks/data.mjs'
import { FORMS, problemsOfForm } from './code-blocks/other-texts.mjs'
import { readPages } from './code-blocks/pages.mjs'
import { realmOf } from './code-blocks/realms.mjs'

const CODE = ['ts', 'tsx', 'js', 'jsx']
const CHECKS = {
  json: problemsOfData,
  jsonc: problemsOfData,
  sh: problemsOfCommands,
  ...Object.fromEntries(Object.keys(FORMS).map((language) => [language, problemsOfForm])),
}

const problems = []
const counts = new Map()
const scripts = []

const pages = await readPages()
for (const block of pages.flatMap(({ blocks }) => blocks)) {
  const { page, line, language } = block
  counts.set(language, (counts.get(language) ?? 0) + 1)
  if (CODE.includes(language)) {
    const { problem, ...place } = realmOf(block.code)
    if (problem === undefined) scripts.push({ ...block, ...place, extension: language })
    else problems.push(`${page}:${line}: this block ${problem}`)
  } else if (language === 'vue' || language === 'svelte') {
    const component = await readComponent(block)
    problems.push(...component.problems)
    scripts.push(...component.scripts)
  } else if (Object.hasOwn(CHECKS, language)) {
    problems.push(...CHECKS[language](block))
  } else {
    problems.push(`${page}:${line}: nobody knows how to check “${language}”`)
  }
}

/** By the file that each was written to. */
const written = new Map()
await emptyFolder()
for (const script of scripts) written.set(await writeBlock(script), script)
problems.push(...(await compile(written)))
for (const [path, block] of written) {
  if (isConfiguration(block)) problems.push(...(await problemsOfConfiguration(block, path)))
}

console.log(
  `${pages.length} pages: ${[...counts].map(([language, count]) => `${count} ${language}`).join(', ')}`,
)
if (problems.length > 0) {
  console.error(`Blocks that are not right:\n${problems.join('\n')}`)
  process.exit(1)
}
