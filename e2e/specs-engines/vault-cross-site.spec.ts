import { callApi, expectSignedIn, signInByPopup } from '../engines/demo.ts'
import { expect, test } from '../engines/test.ts'

test.use({ siteKind: 'cross-site' })

test('refuses a sign-in by redirect, which would not reach the frame, and signs in by popup; a reload keeps the session', async ({
  session,
  site,
}) => {
  const tab = await session.tab()
  await tab.goto(site.appOrigin)
  await tab.click('#sign-in:enabled')
  await tab.waitFor("document.querySelector('#code').textContent === 'vault-cross-site'")
  expect(await tab.url()).toBe(`${site.appOrigin}/`)

  await signInByPopup(session, tab, site.appOrigin)
  expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  await tab.goto(site.appOrigin)
  await expectSignedIn(tab)
  expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
})
