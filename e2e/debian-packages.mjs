import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Whether this machine lets us install packages. */
export function canInstallPackages() {
  return existsSync('/usr/bin/apt-get') && process.getuid?.() === 0
}

/** Installs packages, which is said. Whether it worked is for the caller to see: by what they bring. */
export function installPackages(names) {
  for (const args of [['update'], ['install', '-y', ...names]]) {
    console.log(`Running: apt-get ${args.join(' ')}`)
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
}

/**
 * Looks which of several things this machine has, and installs what they lack where it can, which is said.
 * @param needs - Debian packages by thing, each with how to see that it is there
 * @returns the names of the things that are there, and the packages that are missing by thing
 */
export function findOrInstall(needs) {
  const lacking = (thing) =>
    needs[thing].filter(({ isThere }) => !isThere()).map(({ name }) => name)
  const things = Object.keys(needs)
  const wanted = things.flatMap(lacking)
  if (wanted.length > 0 && canInstallPackages()) {
    console.log(`There is no ${wanted.join(', ')} here`)
    installPackages(wanted)
  }
  const missing = Object.fromEntries(
    things.map((thing) => [thing, lacking(thing)]).filter(([, names]) => names.length > 0),
  )
  return { found: things.filter((thing) => missing[thing] === undefined), missing }
}

/** Whether a program can be started. */
export function runs(program, ...args) {
  return spawnSync(program, args, { stdio: 'ignore' }).error === undefined
}

/** Whether a script does. Debian's own Python: another one in the path does not see Debian's modules. */
export function runsPython(script) {
  return succeeds('/usr/bin/python3', '-c', script)
}

/** The same for Debian's own Perl. */
export function runsPerl(script) {
  return succeeds('/usr/bin/perl', '-e', script)
}

function succeeds(program, ...args) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0
}
