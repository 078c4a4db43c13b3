import { readdir, readFile } from 'node:fs/promises'

import { waitFor } from './wait-for.ts'

/** How long the processes of an ended browser may take to write what they hold. */
const GRACE_MS = 3000

/** Waits until all processes of a group have ended, and ends those that do not. For Linux. */
export async function endGroup(leader: number): Promise<void> {
  const ended = async (): Promise<true | undefined> =>
    (await isRunning(leader)) ? undefined : true
  await waitFor('the end of a browser', GRACE_MS, ended).catch(() => {
    process.kill(-leader, 'SIGKILL')
    return waitFor('the end of a browser that was killed', GRACE_MS, ended)
  })
}

/** Zombies do not count: in a container nobody may collect them. */
async function isRunning(group: number): Promise<boolean> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(
    processes.map((id) => readFile(`/proc/${id}/stat`, 'utf8').catch(() => '')),
  )
  return stats.some((stat) => {
    // The name in parentheses comes before, and may hold anything.
    const [state, , ofGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(ofGroup) === group && state !== 'Z'
  })
}
