import {
  callApi,
  enterPassword,
  expectSignedIn,
  expectStatus,
  signIn,
  signInAgain,
} from '../engines/demo.ts'
import { differs } from '../engines/differences.ts'
import type { Tab } from '../engines/session.ts'
import { expect, test } from '../engines/test.ts'
import { environment } from '../fixtures/environment.ts'

/** Browsers end workers when they like to; what was in their memory tells whether one did. */

/** Milliseconds in which WebKit ends a worker that has no page. This time is what is tested, so it must pass. */
const WITHOUT_PAGE_MS = 13_000

/** A page of nobody here, on the site of the apps or on another. */
const sameSite = (): string => environment().foreignOrigin
const otherSite = (): string => sameSite().replace('localhost', '127.0.0.1')

/** Opens the demo again. @param isLost whether its tokens were in a worker that has ended */
async function comeBack(tab: Tab, appOrigin: string, isLost: boolean): Promise<void> {
  await tab.goto(appOrigin)
  if (isLost) return expectStatus(tab, 'interaction-required', 'session-lost')
  await expectSignedIn(tab)
  expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
}

test('a sign-in completes though a page of another site came in between, and so does the session go on', async ({
  session,
}) => {
  const app = environment().appOrigins['same-origin'].persistent
  const tab = await session.tab()
  await tab.goto(app)
  await tab.click('#sign-in:enabled')
  await tab.fill('input[name=username]', 'alice')
  const login = await tab.url()
  await tab.goto(otherSite())
  await tab.goto(login)
  await enterPassword(tab)
  await expectSignedIn(tab)
  expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  await tab.goto(otherSite())
  await comeBack(tab, app, false)
})

test('a session comes back after a time without a page and after a page of another site; in memory where the worker lasts', async ({
  session,
  engine,
}) => {
  const { persistent, query: inMemory } = environment().appOrigins['same-origin']
  const tab = await session.tab()
  await signIn(tab, persistent)
  await signInAgain(tab, inMemory)
  await tab.goto(sameSite())
  const endsWithLastPage = differs(engine, 'worker-ends-with-last-page')
  if (endsWithLastPage) await new Promise((resolve) => setTimeout(resolve, WITHOUT_PAGE_MS))
  await comeBack(tab, inMemory, endsWithLastPage)
  await comeBack(tab, persistent, false)

  await signInAgain(tab, inMemory)
  await tab.goto(otherSite())
  await comeBack(tab, inMemory, differs(engine, 'hop-ends-worker'))
  await comeBack(tab, persistent, false)
})
