// Every block of code in the README, in docs and in the READMEs of examples is right: it compiles, parses, or names what exists.
import { checkBlocks } from './code-blocks/check-blocks.mjs'
import { readPages } from './code-blocks/pages.mjs'

const pages = await readPages()
const blocks = pages.flatMap((page) => page.blocks)
const counts = new Map()
for (const { language } of blocks) counts.set(language, (counts.get(language) ?? 0) + 1)
console.log(
  `${pages.length} pages: ${[...counts].map(([language, count]) => `${count} ${language}`).join(', ')}`,
)
const problems = await checkBlocks(blocks)
if (problems.length > 0) {
  console.error(`Blocks that are not right:\n${problems.join('\n')}`)
  process.exit(1)
}
