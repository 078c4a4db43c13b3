import type { FaultOptions } from '../../fixtures/control.ts'
import type { FaultKind } from '../../servers/fault.ts'
import { wait, type Round, type World } from '../world.ts'

const LONGEST_MS = 2500

async function faultyApi(
  world: World,
  kind: FaultKind,
  options?: FaultOptions,
  path = '/v1',
): Promise<void> {
  const { api, troubles, random } = world
  await troubles.during('faulty API', async () => {
    await api.fault(path, kind, options)
    await wait(random() * LONGEST_MS)
    await api.heal()
  })
}

export const networkRounds: readonly Round[] = [
  {
    name: 'no network',
    weight: 3,
    run: async ({ setOffline, troubles, random }) => {
      await troubles.during('no network', async () => {
        await setOffline(true)
        await wait(random() * LONGEST_MS)
        await setOffline(false)
      })
      await wait(1000)
    },
  },
  {
    name: 'API answers 503',
    weight: 1,
    run: (world) => faultyApi(world, 'status', { status: 503 }),
  },
  {
    name: 'API drops connections',
    weight: 1,
    run: (world) => faultyApi(world, 'drop'),
  },
  {
    name: 'API drops answers',
    weight: 1,
    // What has no end is not answered at all by this fault.
    run: (world) => faultyApi(world, 'truncate', {}, '/v1/me'),
  },
  {
    name: 'API is slow',
    weight: 2,
    run: (world) => faultyApi(world, 'delay', { ms: 1500 }),
  },
]
