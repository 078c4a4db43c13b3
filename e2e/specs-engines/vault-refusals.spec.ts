import { expectStatus, signIn } from '../engines/demo.ts'
import type { Session, Tab } from '../engines/session.ts'
import { expect, test } from '../engines/test.ts'

/** What the authorization server refuses reaches the app by its code, however the response is handed over. */

/** A page that holds the client, with a button for a sign-in in a popup that must not ask the user. */
async function openClient(session: Session, appOrigin: string): Promise<Tab> {
  const tab = await session.tab()
  await tab.goto(`${appOrigin}/client.html`)
  await tab.waitFor("window.client?.session.status === 'signed-out'")
  await tab.evaluate(() => {
    const button = document.createElement('button')
    button.id = 'silent'
    button.textContent = 'Sign in'
    button.addEventListener('click', () => {
      window.client.loginWithPopup({ prompt: 'none' }).then(
        ({ status }) => (document.title = status),
        (error: { code: string }) => (document.title = error.code),
      )
    })
    document.body.append(button)
  })
  return tab
}

test('login_required of a redirect, and the user’s refusal; then the sign-in works', async ({
  session,
  site,
}) => {
  const tab = await openClient(session, site.appOrigin)
  await tab.evaluate((returnTo) => {
    void window.client.loginWithRedirect({ prompt: 'none', returnTo })
  }, site.appOrigin)
  await expectStatus(tab, 'signed-out', 'login-required')
  expect(await tab.url()).toBe(`${site.appOrigin}/`)

  await tab.click('#sign-in:enabled')
  await tab.click('button[value=cancel]')
  await expectStatus(tab, 'signed-out', 'access-denied')
  await signIn(tab, site.appOrigin)
})

test.describe('with a frame that has a storage of its own', () => {
  test.use({ siteKind: 'cross-site' })

  test('login_required in a popup, and the user’s refusal', async ({ session, site }) => {
    const tab = await openClient(session, site.appOrigin)
    await tab.click('#silent')
    await tab.waitFor("document.title === 'login-required'")

    await tab.goto(site.appOrigin)
    const popup = await session.popup(() => tab.click('#sign-in-popup:enabled'))
    await popup.click('button[value=cancel]')
    await popup.closed()
    await expectStatus(tab, 'signed-out', 'access-denied')
  })
})

test('a popup that the user closes, and one that the browser does not open', async ({
  session,
  site,
}) => {
  const tab = await session.tab()
  await tab.goto(site.appOrigin)
  const popup = await session.popup(() => tab.click('#sign-in-popup:enabled'))
  await popup.waitFor("document.querySelector('input[name=username]') !== null")
  await popup.close()
  await expectStatus(tab, 'signed-out', 'popup-closed')
  await tab.evaluate(() => {
    window.open = () => null
  })
  await tab.click('#sign-in-popup:enabled')
  await expectStatus(tab, 'signed-out', 'popup-blocked')
})
