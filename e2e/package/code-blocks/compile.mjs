// Compiles blocks as a user of the published package would: strictly, and with the libraries of the realm that they run in.
import { spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const TSC = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url))
const OUT = '.build/code-blocks'
const PAGE_LIBRARIES = ['ES2023', 'DOM', 'DOM.Iterable']
const REALMS = {
  page: { lib: PAGE_LIBRARIES, types: [] },
  worker: { lib: ['ES2023', 'WebWorker', 'WebWorker.Iterable'], types: [] },
  // Options of other tools are set to `undefined`, as their documentation says and their types do not.
  node: { lib: ['ES2023'], types: ['node'], exactOptionalPropertyTypes: false },
  test: { lib: PAGE_LIBRARIES, types: ['node'] },
}
/** Members of an object become one. The line stays the first, so that others keep their numbers. */
const MEMBERS_BEGIN = `export default (<C extends Partial<import('token-guardian/vite').GuardianConfig>>(config: C) => config)({`
const MEMBERS_END = '})'

/** Paths that blocks were written to. */
const taken = new Set()

/**
 * Writes the block into a file of its own, in which a line has the number that it has on its page.
 * @param block with `realm`, and `file` where it has a name
 * @returns the path
 */
export async function writeBlock(block) {
  const { page, line, realm } = block
  const folder = join(OUT, realm === 'configuration' ? 'node' : realm, page.replaceAll('/', '-'))
  // Another block of the page may be of the same name: the first is the one that others can import.
  const name = block.file ?? `block.${block.extension}`
  const path = [join(folder, name), join(folder, `line-${line}`, name)].find(
    (one) => !taken.has(one),
  )
  taken.add(path)
  const code =
    realm === 'configuration'
      ? `${MEMBERS_BEGIN}${block.code.slice(block.code.indexOf('\n'))}\n${MEMBERS_END}`
      : block.code
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${'\n'.repeat(line - 1)}${code}\n`)
  return path
}

export async function emptyFolder() {
  await rm(OUT, { recursive: true, force: true })
}

/**
 * @param blocks by the path that they were written to
 * @returns a line for each problem, with the place on the page
 */
export async function compile(blocks) {
  const lists = await Promise.all(
    Object.entries(REALMS).map(async ([realm, options]) => {
      const folder = join(OUT, realm)
      const files = [...blocks.keys()].filter((path) => path.startsWith(`${folder}/`))
      if (files.length === 0) return []
      await writeFile(
        join(folder, 'tsconfig.json'),
        JSON.stringify(project(files, folder, options)),
      )
      return problemsIn(await run(folder), blocks)
    }),
  )
  return lists.flat()
}

function project(files, folder, options) {
  return {
    compilerOptions: {
      target: 'ES2022',
      module: 'ESNext',
      moduleResolution: 'bundler',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      moduleDetection: 'force',
      jsx: 'react-jsx',
      allowJs: true,
      checkJs: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      noEmit: true,
      ...options,
    },
    files: [...files, 'e2e/package/code-blocks/what-readers-have.d.ts'].map((path) =>
      relative(folder, path),
    ),
  }
}

function run(folder) {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [TSC, '-p', folder, '--pretty', 'false'])
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += part))
    child.on('error', fail)
    child.on('close', (code) => done({ said, code }))
  })
}

function problemsIn({ said, code }, blocks) {
  const problems = []
  for (const line of said.split('\n').filter(Boolean)) {
    const [, path, row, message] = /^(\S+)\((\d+),\d+\): (.+)/.exec(line) ?? []
    const block = path === undefined ? undefined : blocks.get(relative('.', resolve(path)))
    if (block !== undefined) problems.push(`${block.page}:${row}: ${message}`)
    // Further lines of a message are indented; anything else is no message about a block.
    else problems.push(line)
  }
  if (code !== 0 && problems.length === 0) problems.push(`tsc ended with ${code}`)
  return problems
}

/** The code of a block as it was written, without its types. */
export async function plainScript(path) {
  const { transformWithOxc } = await import('vite')
  return (await transformWithOxc(await readFile(path, 'utf8'), path)).code
}
