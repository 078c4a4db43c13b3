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
