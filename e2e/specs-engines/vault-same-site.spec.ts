import {
  callApi,
  enterPassword,
  expectSignedIn,
  expectSignedOut,
  signIn,
  signInByPopup,
} from '../engines/demo.ts'
import { differs } from '../engines/differences.ts'
import { expect, test } from '../engines/test.ts'

/** In WebKit the frame's storage is not that of the top-level vault: the sign-in is handed over by cookie or popup. */

test('signs in by redirect and calls the API; a reload keeps the session, and apps of one site share it, its events and its end where the engine shares storage', async ({
  session,
  site,
  engine,
}) => {
  const tab = await session.tab()
  await signIn(tab, site.appOrigin)
  expect(await tab.url()).toBe(`${site.appOrigin}/`)
  expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  await tab.goto(site.appOrigin)
  await expectSignedIn(tab)
  expect(await callApi(tab)).toMatchObject({ status: 200 })

  const isApart = differs(engine, 'frame-storage-apart')
  const other = await session.tab()
  await other.goto(site.otherAppOrigin)
  // One password for both.
  if (isApart) await other.click('#sign-in:enabled')
  await expectSignedIn(other)
  expect(await callApi(other)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  expect(await other.url()).toBe(`${site.otherAppOrigin}/`)
  await other.click('#sign-out')
  if (differs(engine, 'asks-before-sign-out')) await other.click('#go')
  await expectSignedOut(other)
  expect(await callApi(other)).toMatchObject({ status: 401 })
  if (isApart) await expectSignedIn(tab)
  else {
    await expectSignedOut(tab)
    expect(await callApi(tab)).toMatchObject({ status: 401 })
  }
})

test('signs in by popup, which closes by itself, and out of the app, the vault and the authorization server', async ({
  session,
  site,
  engine,
}) => {
  const tab = await session.tab()
  await signInByPopup(session, tab, site.appOrigin)
  expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  await tab.click('#sign-out')
  // The server asks where no hint came along: the top-level vault does not have the frame's ID Token.
  if (differs(engine, 'asks-before-sign-out')) await tab.click('#go')
  await expectSignedOut(tab)
  expect(await tab.url()).toBe(`${site.appOrigin}/`)
  expect(await callApi(tab)).toMatchObject({ status: 401 })
  await tab.click('#sign-in:enabled')
  await enterPassword(tab, 'bob')
  await expectSignedIn(tab, 'bob')
})
