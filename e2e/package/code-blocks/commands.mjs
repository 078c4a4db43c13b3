// What a page tells people to type exists: scripts and packages of package.json, and the commands of the package with their options.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const { name, bin, scripts, ...manifest } = JSON.parse(readFileSync('package.json', 'utf8'))
const cli = typeof bin === 'string' ? bin : bin[name]
const OPTION = /^--[a-z][a-z-]*/

/** Programs that are nobody's of this project, with nothing to check them against. */
const OF_THE_SYSTEM = ['cd', 'cp', 'curl', 'mkdir', 'rsync', 'echo']

/** @returns what is wrong with a block of shell commands */
export function problemsOfCommands({ page, line, code }) {
  return code.split('\n').flatMap((text, index) =>
    text
      .replace(/(^|\s)#.*/, '')
      .split(/&&|\|\|?|;/)
      .map((command) => command.trim())
      .filter(Boolean)
      .flatMap((command) => problemsOf(command.split(/\s+/)))
      .map((problem) => `${page}:${line + index}: ${problem}`),
  )
}

function problemsOf([program, ...args]) {
  switch (program) {
    case 'npm':
      return problemsOfNpm(args)
    case 'npx':
      return problemsOfNpx(args)
    case 'node':
      return existsSync(args[0] ?? '') ? [] : [`there is no file ${args[0]}`]
    default:
      return OF_THE_SYSTEM.includes(program) ? [] : [`nobody knows how to check “${program}”`]
  }
}

function problemsOfNpm([command, ...args]) {
  switch (command) {
    case 'ci':
      return []
    case 'i':
    case 'install':
      return args.filter((arg) => !arg.startsWith('-') && !isPackage(arg)).map(notAPackage)
    case 'start':
    case 'test':
      return problemsOfScript(command, args)
    case 'run':
      return problemsOfScript(args[0], args.slice(1))
    default:
      return [`nobody knows how to check “npm ${command}”`]
  }
}

/** The script is there, and the file that it runs, or one in its folder, names the options. */
function problemsOfScript(script, args) {
  const run = Object.hasOwn(scripts, script) ? scripts[script] : undefined
  if (run === undefined) return [`package.json has no script “${script}”`]
  const source = sourceOf(/^node (\S+)/.exec(run)?.[1])
  return optionsIn(args)
    .filter((option) => !source.includes(option.slice(2)))
    .map((option) => `“npm run ${script}” knows no ${option}`)
}

function sourceOf(file) {
  return file === undefined ? '' : readFileSync(file, 'utf8')
}

function problemsOfNpx([program, command, ...args]) {
  if (program !== name) return isPackage(program) ? [] : [notAPackage(program)]
  if (command === undefined || command.startsWith('-')) return []
  const { status, stdout } = spawnSync(process.execPath, [cli, command, '--help'], {
    encoding: 'utf8',
  })
  if (status !== 0) return [`${name} has no command “${command}”`]
  return optionsIn(args)
    .filter((option) => !new RegExp(`${option}(?![a-z-])`).test(stdout))
    .map((option) => `“${name} ${command}” knows no ${option}`)
}

function optionsIn(args) {
  return args.flatMap((arg) => OPTION.exec(arg)?.[0] ?? []).filter((option) => option !== '--')
}

/** Those that this repository is tested with. */
function isPackage(spec) {
  const { dependencies, devDependencies, peerDependencies } = manifest
  const bare = spec.replace(/(.)@.*/, '$1')
  return bare === name || bare in { ...dependencies, ...devDependencies, ...peerDependencies }
}

function notAPackage(spec) {
  return `${spec} is none of the packages that this one is tested with`
}
