// Compiles blocks as a user of the published package would: strictly, and with the libraries of the realm that they run in.
import { spawn } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
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
 * Writes the block into a file of its own, in which a line has the number that it has on its page. Blocks of one page are in one
 * folder, so that they can import each other.
 * @param block with `realm`, and `file` where it has a name
 * @returns the path
 */
export async function writeBlock(block) {
  const { page, line, realm, extension } = block
  const folder = join(OUT, page.replaceAll('/', '-'))
  // Another block of the page may be of the same name: the first is the one that others can import.
  const paths = [join(folder, `line-${line}`, block.file ?? `block.${extension}`)]
  if (block.file !== undefined) paths.unshift(join(folder, block.file))
  const path = paths.find((one) => !taken.has(one))
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
    Object.entries(REALMS).map(async ([name, options]) => {
      const files = [...blocks].filter(([, { realm }]) => realmOfProject(realm) === name)
      if (files.length === 0) return []
      const paths = files.map(([path]) => path)
      const configuration = join(OUT, `tsconfig.${name}.json`)
      await writeFile(configuration, JSON.stringify(project(paths, options)))
      return problemsIn(await run(configuration), blocks)
    }),
  )
  // A block that another one imports is in the project of either.
  return [...new Set(lists.flat())]
}

function realmOfProject(realm) {
  return realm === 'configuration' ? 'node' : realm
}

function project(paths, options) {
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
    files: [...paths, 'e2e/package/code-blocks/what-readers-have.d.ts'].map((path) =>
      relative(OUT, path),
    ),
  }
}

function run(configuration) {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [TSC, '-p', configuration, '--pretty', 'false'])
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
