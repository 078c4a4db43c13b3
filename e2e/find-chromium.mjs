import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { canInstallPackages, installPackages } from './debian-packages.mjs'

const DEBIAN = '/usr/bin/chromium'
const DEBIAN_SHELL = '/usr/bin/chromium-headless-shell'

/**
 * The Chromium that the tests use: `CHROMIUM_PATH`, Debian's, Playwright's own; installed if there is none, which is said.
 * @throws Error that says how to get one
 */
export async function findChromium() {
  const wanted = process.env['CHROMIUM_PATH']
  if (wanted) {
    if (existsSync(wanted)) return wanted
    throw new Error(`CHROMIUM_PATH is ${wanted}, and there is no such file`)
  }
  if (existsSync(DEBIAN)) return DEBIAN
  const { chromium } = await import('playwright')
  if (existsSync(chromium.executablePath())) return chromium.executablePath()
  const debian = canInstallPackages()
  console.log('There is no Chromium here')
  if (debian) installPackages(['chromium'])
  else {
    console.log('Running: npx playwright install chromium')
    spawnSync('npx', ['playwright', 'install', 'chromium'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
  }
  const path = debian ? DEBIAN : chromium.executablePath()
  if (existsSync(path)) return path
  throw new Error('Chromium could not be installed; install it and set CHROMIUM_PATH')
}

/**
 * The headless shell beside it, which only saves time: `HEADLESS_SHELL_PATH`, or Debian's; installed where that can be done.
 * @param chromium - what {@link findChromium} found
 * @returns a path; Chromium's own when there is no shell, or when it was chosen by hand
 */
export function findHeadlessShell(chromium) {
  const wanted = process.env['HEADLESS_SHELL_PATH']
  if (wanted) {
    if (existsSync(wanted)) return wanted
    throw new Error(`HEADLESS_SHELL_PATH is ${wanted}, and there is no such file`)
  }
  if (chromium !== DEBIAN) return chromium
  if (!existsSync(DEBIAN_SHELL) && canInstallPackages()) {
    console.log('There is no headless shell of Chromium here')
    installPackages(['chromium-headless-shell'])
  }
  return existsSync(DEBIAN_SHELL) ? DEBIAN_SHELL : chromium
}
