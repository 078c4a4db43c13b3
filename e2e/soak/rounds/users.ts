import type { Page } from 'playwright'

import { pageTab } from '../../engines/playwright-browser.ts'
import { call, signIn, signOut } from '../../faults/page-acts.ts'
import type { Round, World } from '../world.ts'

/** Every tab learns of it, and the first one signs in again. */
async function withoutSession(
  { tabs, troubles, oracle }: World,
  end: (page: Page) => Promise<void>,
  status: string,
): Promise<void> {
  await tabs.withoutLoad(() =>
    troubles.during('signed out', async () => {
      await end(tabs.first)
      for (const page of tabs.all) {
        await page
          .waitForFunction((wanted) => window.client?.session.status === wanted, status)
          .catch(() => oracle.violate(`a tab was not told that it is ${status}`))
      }
      const how = await signIn(pageTab(tabs.first))
      if (how !== 'ok') oracle.violate(`a sign-in: ${JSON.stringify(how)}`)
      for (const page of tabs.all) {
        await page
          .waitForFunction(() => window.client?.session.status === 'signed-in')
          .catch(() => oracle.violate('a tab was not told that it is signed-in'))
      }
    }),
  )
}

export const userRounds: readonly Round[] = [
  {
    name: 'user signs out and in again',
    weight: 1,
    run: (world) =>
      withoutSession(
        world,
        async (page) => {
          const how = await signOut(pageTab(page))
          if (how !== 'ok') world.oracle.violate(`a sign-out: ${JSON.stringify(how)}`)
        },
        'signed-out',
      ),
  },
  {
    name: 'server ends the session, user signs in again',
    weight: 1,
    run: (world) =>
      withoutSession(
        world,
        async (page) => {
          world.noteRevoked()
          await world.as.revoke('alice')
          await call(pageTab(page), world.apiOrigin)
        },
        'interaction-required',
      ),
  },
]
