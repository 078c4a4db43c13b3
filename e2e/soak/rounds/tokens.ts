import { pageTab } from '../../engines/playwright-browser.ts'
import { refresh } from '../../faults/page-acts.ts'
import type { FaultOptions } from '../../fixtures/control.ts'
import type { FaultKind } from '../../servers/fault.ts'
import { wait, type Round, type World } from '../world.ts'

/** Milliseconds for which the token endpoint fails: less than the server's grace for a refresh token that was replaced. */
const FAILS_MS = 2500

/** Refreshes that go wrong, for as long as it takes until one goes well. */
async function withoutTokens(
  world: World,
  kind: FaultKind,
  options: FaultOptions = {},
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const { as, api, tabs, oracle, troubles, random } = world
  await troubles.during('no tokens', async () => {
    await as.fault('/token', kind, options)
    // What is called now needs a new one.
    if (random() < 0.5) await api.refuseIssuedTokens()
    await wait(random() * FAILS_MS)
    await meanwhile()
    await as.heal()
    const how = await refresh(pageTab(tabs.first))
    // The first may have joined an attempt that was failing.
    if (how !== 'ok' && (await refresh(pageTab(tabs.first))) !== 'ok') {
      oracle.violate(`a refresh with a server that works: ${JSON.stringify(how)}`)
    }
  })
}

export const tokenRounds: readonly Round[] = [
  {
    name: 'token refused by the API',
    weight: 4,
    run: async ({ api }) => {
      await api.refuseIssuedTokens()
      await wait(500)
    },
  },
  {
    name: 'refresh asked for by every tab',
    weight: 2,
    run: async ({ tabs, oracle }) => {
      const hows = await Promise.all(tabs.all.map((page) => refresh(pageTab(page))))
      for (const how of hows) {
        if (how !== 'ok') oracle.violate(`a refresh that a page asked for: ${JSON.stringify(how)}`)
      }
    },
  },
  {
    name: 'answer to a refresh lost',
    weight: 4,
    run: (world) => withoutTokens(world, 'drop-after'),
  },
  {
    name: 'answer to a refresh lost, and the worker with it',
    weight: 3,
    run: (world) =>
      world.troubles.during('worker ended', () =>
        withoutTokens(world, 'hang-after', {}, () => world.kill(world.guardianOrigin)),
      ),
  },
  {
    name: 'token endpoint answers 503',
    weight: 2,
    run: (world) => withoutTokens(world, 'status', { status: 503 }),
  },
  {
    name: 'token endpoint answers HTML',
    weight: 1,
    run: (world) => withoutTokens(world, 'html'),
  },
  {
    name: 'token endpoint is slow',
    weight: 2,
    run: (world) => withoutTokens(world, 'delay', { ms: 2000 }),
  },
]
