import { wait, type Round, type World } from '../world.ts'

/** Milliseconds between two ends of a worker at least: a browser hands a request over to a next life once. */
const BETWEEN_MS = 3000

async function end(world: World, origins: readonly string[]): Promise<void> {
  await world.troubles.during('worker ended', async () => {
    await wait(world.random() * 500)
    await Promise.all(origins.map((origin) => world.kill(origin)))
  })
  await wait(BETWEEN_MS)
}

export const workerRounds: readonly Round[] = [
  {
    name: 'the app’s worker ended',
    weight: 3,
    run: (world) => end(world, [world.appOrigin]),
  },
  {
    name: 'the guardian’s worker ended',
    weight: 3,
    run: (world) => end(world, [world.guardianOrigin]),
  },
  {
    name: 'all workers ended at once',
    weight: 2,
    run: (world) => end(world, [...new Set([world.appOrigin, world.guardianOrigin])]),
  },
]
