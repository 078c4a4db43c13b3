import {
  callApi,
  expectSignedIn,
  expectSignedOut,
  expectStatus,
  signIn,
  signInByPopup,
} from '../engines/demo.ts'
import { differs } from '../engines/differences.ts'
import type { Tab } from '../engines/session.ts'
import { expect, test } from '../engines/test.ts'
import type { SiteKind } from '../fixtures/sites.ts'

/** Threat model V6: script of an app's site forges, tosses or replays a hand-over, and nobody's session changes. */

/** A hand-over as it is written; `errand` is what a page can learn from the URL of its own sign-in. */
function forgedHandOver(errand: string, appOrigin: string): string {
  const response = new URLSearchParams({ code: 'of-the-attacker', state: 'made-up' }).toString()
  return Buffer.from(
    JSON.stringify({ errand, appOrigin, client: 'default', state: 'made-up', response }),
  ).toString('base64url')
}

/** Loads the page as after a redirect, so that it asks its frame to look for a hand-over. */
async function land(tab: Tab, appOrigin: string): Promise<void> {
  await tab.goto('about:blank')
  await tab.goto(`${appOrigin}/#_`)
}

for (const siteKind of ['same-site', 'cross-site'] satisfies SiteKind[]) {
  test.describe(siteKind, () => {
    test.use({ siteKind })

    test('messages to the frame that look like a popup’s, and the last page of a popup, opened by the app itself', async ({
      session,
      site,
    }) => {
      const tab = await session.tab()
      await signInByPopup(session, tab, site.appOrigin)
      await tab.evaluate(
        (handOver) => {
          const frame = document.querySelector<HTMLIFrameElement>('iframe[title=Session]')
          for (const data of [
            { tokenGuardianPopup: { handOver } },
            { tokenGuardianPopup: {} },
            { tokenGuardianVault: { type: 'receive', appOrigin: location.origin, handOver } },
            { tokenGuardianVault: { type: 'take-hand-over' } },
          ]) {
            frame?.contentWindow?.postMessage(data, '*', [new MessageChannel().port2])
          }
        },
        forgedHandOver('made-up', site.appOrigin),
      )
      expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })

      await tab.evaluate((url) => {
        const button = document.createElement('button')
        button.id = 'attack'
        button.onclick = () => {
          const popup = open(url, '', 'width=300,height=300')
          const heard: unknown[] = []
          window.addEventListener('message', ({ data }) => heard.push(data))
          popup?.postMessage({ tokenGuardianPopup: 'taken' }, '*')
          Object.assign(window, { popup, heard })
        }
        document.body.prepend(button)
        button.textContent = 'attack'
      }, `${site.vaultOrigin}/popup.html#_`)
      await tab.click('#attack')
      // It tells the frame that there is nothing, and goes, perhaps before a driver sees it.
      await tab.waitFor('window.popup?.closed === true')
      // That it ends, which is no secret, and nothing else.
      await tab.waitFor('window.heard.length > 0')
      expect(await tab.evaluate(() => Reflect.get(window, 'heard') as unknown[])).toEqual([
        { tokenGuardian: 1, popup: 'end' },
      ])
      await tab.goto(site.appOrigin)
      await expectSignedIn(tab)
    })
  })
}

test('hand-over cookies that no attacker can set, for no errand and for another app, and those that the app’s host sets for the whole site', async ({
  session,
  site,
  engine,
}) => {
  const tab = await session.tab()
  await signIn(tab, site.appOrigin)
  const vault = await session.tab()
  const cookie = (): Promise<string> => vault.evaluate(() => document.cookie)
  const set = async (value: string): Promise<void> => {
    await vault.goto(`${site.vaultOrigin}/404.html`)
    await vault.evaluate((text) => {
      document.cookie = `__Host-token-guardian=${text}; Path=/; Secure; SameSite=Strict; Max-Age=60`
    }, value)
    expect(await cookie()).toContain(value)
  }
  await set(forgedHandOver('made-up', site.otherAppOrigin))
  await land(tab, site.appOrigin)
  await expectSignedIn(tab)
  expect(await cookie()).toContain('__Host-token-guardian=')

  await set(forgedHandOver('made-up', site.appOrigin))
  await land(tab, site.appOrigin)
  await expectSignedIn(tab)
  await vault.waitFor("!document.cookie.includes('__Host-token-guardian=')")
  expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })

  await tab.evaluate(
    (value) => {
      for (const cookie of [
        `token-guardian=${value}; Domain=x.localhost; Path=/; Secure`,
        `__Host-token-guardian=${value}; Domain=x.localhost; Path=/; Secure`,
        `__Host-token-guardian=${value}; Path=/; Secure`,
        // A cookie without a name whose value looks like one with a name.
        `=__Host-token-guardian=${value}; Domain=x.localhost; Path=/; Secure`,
        `__host-token-guardian=${value}; Domain=x.localhost; Path=/; Secure`,
      ]) {
        document.cookie = cookie
      }
    },
    forgedHandOver('made-up', site.appOrigin),
  )
  await vault.goto(`${site.vaultOrigin}/404.html`)
  const cookies = await cookie()
  if (differs(engine, 'no-cookie-prefixes')) expect(cookies).toContain('__Host-token-guardian=')
  else expect(cookies).not.toMatch(/(^|; )__Host-token-guardian=/)
  await land(tab, site.appOrigin)
  await expectSignedIn(tab)
  expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
})

test('a foreign code for the errand of a sign-in that waits', async ({ session, site }) => {
  const tab = await session.tab()
  await tab.goto(site.appOrigin)
  await expectSignedOut(tab)
  // What the client does, done by the page itself: it gets the URL of a sign-in and does not follow it.
  const url = await tab.evaluate((vaultOrigin) => {
    const ask = (request: object): Promise<{ value: { url: string } }> =>
      new Promise((resolve) => {
        const [control, answer] = [new MessageChannel(), new MessageChannel()]
        answer.port1.onmessage = ({ data }) => resolve(data)
        const frame = document.querySelector<HTMLIFrameElement>('iframe[title=Session]')
        const embed = { tokenGuardian: 1, embed: 'control' }
        frame?.contentWindow?.postMessage(embed, vaultOrigin, [control.port2])
        control.port1.postMessage({ tokenGuardian: 1, request }, [answer.port2])
      })
    return ask({ type: 'begin-login', parameters: {} }).then(({ value }) => value.url)
  }, site.vaultOrigin)
  const errand = new URL(url).searchParams.get('request') ?? ''
  expect(errand).not.toBe('')
  const vault = await session.tab()
  await vault.goto(`${site.vaultOrigin}/404.html`)
  await vault.evaluate(
    (text) => {
      document.cookie = `__Host-token-guardian=${text}; Path=/; Secure; SameSite=Strict; Max-Age=60`
    },
    forgedHandOver(errand, site.appOrigin),
  )
  await land(tab, site.appOrigin)
  await expectStatus(tab, 'signed-out', 'hand-over-failed')
})
