// Gives each block to the check of its language. One in a language that none of these knows is a problem, and so is one that does not
// say where it runs: no block is left out.
import { compile, emptyFolder, writeBlock } from './compile.mjs'
import { problemsOfCommands } from './commands.mjs'
import { readComponent } from './components.mjs'
import { isConfiguration, problemsOfConfiguration } from './configurations.mjs'
import { problemsOfData } from './data.mjs'
import { FORMS, problemsOfForm } from './other-texts.mjs'
import { realmOf } from './realms.mjs'

const SCRIPTS = ['ts', 'tsx', 'js', 'jsx']
const COMPONENTS = ['vue', 'svelte']
const CHECKS = {
  json: problemsOfData,
  jsonc: problemsOfData,
  sh: problemsOfCommands,
  ...Object.fromEntries(Object.keys(FORMS).map((language) => [language, problemsOfForm])),
}

/** @returns a line for each problem, which begins with page and line */
export async function checkBlocks(blocks) {
  const problems = []
  const scripts = []
  for (const block of blocks) {
    const { page, line, language } = block
    if (SCRIPTS.includes(language)) {
      const { problem, ...place } = realmOf(block.code)
      if (problem === undefined) scripts.push({ ...block, ...place, extension: language })
      else problems.push(`${page}:${line}: this block ${problem}`)
    } else if (COMPONENTS.includes(language)) {
      const component = await readComponent(block)
      problems.push(...component.problems)
      scripts.push(...component.scripts)
    } else if (Object.hasOwn(CHECKS, language)) {
      problems.push(...CHECKS[language](block))
    } else {
      problems.push(`${page}:${line}: nobody knows how to check “${language}”`)
    }
  }
  return [...problems, ...(await checkScripts(scripts))]
}

async function checkScripts(scripts) {
  /** By the file that each was written to. */
  const written = new Map()
  await emptyFolder()
  for (const script of scripts) written.set(await writeBlock(script), script)
  const problems = await compile(written)
  for (const [path, block] of written) {
    if (isConfiguration(block)) problems.push(...(await problemsOfConfiguration(block, path)))
  }
  return problems
}
