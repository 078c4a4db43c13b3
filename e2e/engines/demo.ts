import type { OpenTab, Session, Tab } from './session.ts'

/** The demo's acts, for any engine. */

/** Opens the demo, signs in at the authorization server's login page, and waits until the demo says so. */
export async function signIn(tab: OpenTab, appOrigin: string, user = 'alice'): Promise<void> {
  await tab.goto(appOrigin)
  await tab.click('#sign-in:enabled')
  await enterPassword(tab, user)
  await expectSignedIn(tab, user)
}

/** The same where the server knows the user already and asks nothing, or the app does. */
export async function signInAgain(tab: Tab, appOrigin: string, user = 'alice'): Promise<void> {
  await tab.goto(appOrigin)
  await tab.waitFor("document.querySelector('#status').dataset.status !== 'starting'")
  if ((await tab.text('#status')) !== `signed-in as ${user}`) await tab.click('#sign-in:enabled')
  await expectSignedIn(tab, user)
}

/** Signs in in a popup, which closes by itself. */
export async function signInByPopup(
  session: Session,
  tab: Tab,
  appOrigin: string,
  user = 'alice',
): Promise<void> {
  await tab.goto(appOrigin)
  const popup = await session.popup(() => tab.click('#sign-in-popup:enabled'))
  await enterPassword(popup, user)
  await popup.closed()
  await expectSignedIn(tab, user)
}

/** Fills in the authorization server's login page. */
export async function enterPassword(tab: OpenTab, user = 'alice'): Promise<void> {
  await tab.fill('input[name=username]', user)
  await tab.fill('input[name=password]', 'any password')
  await tab.click('button[value=sign-in]')
}

export async function expectSignedIn(tab: OpenTab, user = 'alice'): Promise<void> {
  await tab.waitFor(`document.querySelector('#status')?.textContent === 'signed-in as ${user}'`)
}

/** Nobody is signed in, and what happened before was no failure. */
export async function expectSignedOut(tab: Tab): Promise<void> {
  await expectStatus(tab, 'signed-out', '')
}

/** The state of the session, and the code of the last error. */
export async function expectStatus(tab: Tab, status: string, code: string): Promise<void> {
  const textOf = (id: string): string => `document.querySelector('#${id}')?.textContent`
  await tab.waitFor(`${textOf('status')} === '${status}' && ${textOf('code')} === '${code}'`)
}

/** Presses "Call API". @returns what the demo shows of the answer */
export async function callApi(tab: Tab): Promise<{ status?: number; body?: unknown }> {
  await tab.click('#call-api')
  await tab.waitFor("document.querySelector('#result')?.textContent !== ''")
  return JSON.parse(await tab.text('#result')) as { status?: number; body?: unknown }
}
