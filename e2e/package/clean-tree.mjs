// The project speaks of itself only: no address of a registry and no path of a machine in what is tracked.
import { spawnSync } from 'node:child_process'

const patterns = [
  String.raw`https?://(registry|deb|security)\.`,
  String.raw`"resolved":`,
  String.raw`(^|[^A-Za-z0-9.@/_-])/(home|root|Users|work)/[A-Za-z0-9]`,
]
let dirty = false
for (const pattern of patterns) {
  const { stdout } = spawnSync(
    'git',
    ['grep', '-nIE', pattern, '--', '.', ':!e2e/package/clean-tree.mjs'],
    { encoding: 'utf8' },
  )
  if (stdout !== '') {
    dirty = true
    console.error(`These must not be tracked (${pattern}):\n${stdout}`)
  }
}
process.exit(dirty ? 1 : 0)
