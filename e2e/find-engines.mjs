import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { canInstallPackages, installPackages } from './debian-packages.mjs'

const firefox = process.env['FIREFOX_PATH'] ?? '/usr/bin/firefox-esr'

/** What each engine beside Chromium needs: Debian's package, and how to see that it is there. */
const needs = {
  firefox: [{ name: 'firefox-esr', isThere: () => existsSync(firefox) }],
  webkit: [
    { name: 'webkit2gtk-driver', isThere: () => runs('WebKitWebDriver', '--version') },
    { name: 'xvfb', isThere: () => runs('Xvfb', '-help') },
    { name: 'python3-gi', isThere: () => runsPython('import gi') },
    {
      name: 'gir1.2-webkit2-4.1',
      isThere: () => runsPython("import gi; gi.require_version('WebKit2', '4.1')"),
    },
  ],
}

/**
 * The engines beside Chromium that this machine has; installs what they lack where it can, which is said.
 * @returns the names of their Playwright projects, and what is missing by project
 */
export function findEngines() {
  const lacking = (engine) =>
    needs[engine].filter(({ isThere }) => !isThere()).map(({ name }) => name)
  const engines = Object.keys(needs)
  const wanted = engines.flatMap(lacking)
  if (wanted.length > 0 && canInstallPackages()) {
    console.log(`There is no ${wanted.join(', ')} here`)
    installPackages(wanted)
  }
  const missing = Object.fromEntries(
    engines.map((engine) => [engine, lacking(engine)]).filter(([, names]) => names.length > 0),
  )
  return { found: engines.filter((engine) => missing[engine] === undefined), missing }
}

function runs(program, ...args) {
  return spawnSync(program, args, { stdio: 'ignore' }).error === undefined
}

/** Debian's own Python: another one in the path does not see Debian's modules. */
function runsPython(script) {
  return spawnSync('/usr/bin/python3', ['-c', script], { stdio: 'ignore' }).status === 0
}
