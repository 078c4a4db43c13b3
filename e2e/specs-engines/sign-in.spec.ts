import { callApi, enterPassword, expectSignedIn, signIn, signInAgain } from '../engines/demo.ts'
import { expect, test } from '../engines/test.ts'
import { environment } from '../fixtures/environment.ts'

test('signs in at the authorization server and calls the API with a token', async ({
  session,
  appOrigin,
}) => {
  const tab = await session.tab()
  await signIn(tab, appOrigin)
  expect(new URL(await tab.url()).search).toBe('')
  expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
})

test('signs in with the response in a popup, in the fragment and by POST, on one origin', async ({
  session,
}) => {
  const { query, fragment, form_post } = environment().appOrigins['same-origin']
  const tab = await session.tab()
  await tab.goto(query)
  const popup = await session.popup(() => tab.click('#sign-in-popup:enabled'))
  await enterPassword(popup)
  await popup.closed()
  await expectSignedIn(tab)
  expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  for (const app of [fragment, form_post]) {
    await signInAgain(tab, app)
    expect(await tab.url()).toBe(`${app}/`)
    expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  }
})
