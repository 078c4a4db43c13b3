import {
  callApi,
  enterPassword,
  expectSignedIn,
  expectStatus,
  signInAgain,
} from '../engines/demo.ts'
import type { Session, Tab } from '../engines/session.ts'
import { expect, test } from '../engines/test.ts'

/**
 * WebKit sometimes does not use what the worker answers to a callback, and shows what the server answers. Not often enough for a
 * test: here there is no worker that could answer.
 */

/** Goes to the login page, and removes the workers of the redirect URI's origin while the user is there. */
async function signInWithoutWorker(
  session: Session,
  tab: Tab,
  appOrigin: string,
  pageOfGuardian: string,
): Promise<void> {
  await tab.goto(appOrigin)
  await tab.click('#sign-in:enabled')
  await tab.fill('input[name=username]', 'alice')
  const other = await session.tab()
  await other.goto(pageOfGuardian)
  const removed = await other.evaluate(async () => {
    const registrations = await navigator.serviceWorker.getRegistrations()
    await Promise.all(registrations.map((registration) => registration.unregister()))
    return registrations.length
  })
  expect(removed).toBe(1)
  await other.close()
  await enterPassword(tab)
}

test('a response that no worker takes: callback-not-covered on one origin, where the next sign-in works; completed by the page of a vault', async ({
  session,
  appOrigin,
  site,
}) => {
  const tab = await session.tab()
  await signInWithoutWorker(session, tab, appOrigin, `${appOrigin}/offline.html`)
  await expectStatus(tab, 'signed-out', 'callback-not-covered')
  expect(await tab.url()).toBe(`${appOrigin}/`)
  await signInAgain(tab, appOrigin)
  expect(await callApi(tab)).toMatchObject({ status: 200 })

  await signInWithoutWorker(session, tab, site.appOrigin, `${site.vaultOrigin}/404.html`)
  await expectSignedIn(tab)
  expect(await tab.url()).toBe(`${site.appOrigin}/`)
  expect(await callApi(tab)).toMatchObject({ status: 200 })
})
