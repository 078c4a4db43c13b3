import { anyTab, oneOf, wait, type Round } from '../world.ts'

export const tabRounds: readonly Round[] = [
  {
    name: 'nothing',
    weight: 8,
    run: ({ random }) => wait(random() * 3000),
  },
  {
    name: 'tab reloaded',
    weight: 4,
    run: async (world) => {
      const { tabs, troubles } = world
      const page = anyTab(world)
      await troubles.during('tab left', () => tabs.load(page))
      await tabs.startLoad(page)
    },
  },
  {
    name: 'tab opened',
    weight: 4,
    run: async ({ tabs }) => {
      if (!tabs.isFull) await tabs.startLoad(await tabs.open())
    },
  },
  {
    name: 'tab closed',
    weight: 3,
    run: async ({ tabs, troubles, random }) => {
      const others = tabs.all.slice(1)
      if (others.length > 0) {
        await troubles.during('tab left', () => tabs.close(oneOf(others, random)))
      }
    },
  },
]
