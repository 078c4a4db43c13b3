// The pages that people read, and what is in them: blocks of code by language, and the rest of the text.
import { access, readdir, readFile } from 'node:fs/promises'

/** A fence of CommonMark: its indent, its marks and the first word behind them. */
const FENCE = /^(\s*)(`{3,}|~{3,})\s*(\S*)/

/** Every page with its `blocks`, and its `prose`: the lines with those of blocks left empty. */
export async function readPages() {
  const names = [
    'README.md',
    ...(await namesIn('docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
    ...(await namesIn('examples')).map((name) => `examples/${name}/README.md`),
  ]
  const there = await Promise.all(names.map(isThere))
  return Promise.all(
    names
      .filter((_, index) => there[index])
      .map(async (name) => ({ name, ...splitPage(name, await readFile(name, 'utf8')) })),
  )
}

async function namesIn(folder) {
  const names = await readdir(folder).catch(() => [])
  return names.toSorted((one, other) => one.localeCompare(other))
}

function isThere(name) {
  return access(name).then(
    () => true,
    () => false,
  )
}

/** `line` of a block is that of its first line of code, counted from 1 as editors do. */
function splitPage(page, text) {
  const blocks = []
  const prose = []
  let open
  for (const [index, line] of text.split('\n').entries()) {
    const fence = FENCE.exec(line)
    if (open === undefined && fence !== null) {
      const [, indent, marks, language] = fence
      open = { page, language, line: index + 2, lines: [], indent, marks }
      prose.push('')
    } else if (open === undefined) {
      prose.push(line)
    } else if (fence !== null && fence[2].startsWith(open.marks) && line.trim() === fence[2]) {
      const { lines, indent, marks: _, ...block } = open
      blocks.push({ ...block, code: lines.map((one) => unindent(one, indent)).join('\n') })
      open = undefined
      prose.push('')
    } else {
      open.lines.push(line)
      prose.push('')
    }
  }
  if (open !== undefined) throw new Error(`${page}:${open.line - 1}: this block is never closed`)
  return { blocks, prose }
}

function unindent(line, indent) {
  return line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()
}
