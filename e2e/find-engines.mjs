import { existsSync } from 'node:fs'
import { findOrInstall, runs, runsPython } from './debian-packages.mjs'

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
  return findOrInstall(needs)
}
