import { callApi, expectSignedIn, signIn } from '../engines/demo.ts'
import { expect, test } from '../engines/test.ts'

test('signs in at the authorization server and calls the API with a token', async ({
  session,
  appOrigin,
}) => {
  const tab = await session.tab()
  await signIn(tab, appOrigin)
  expect(new URL(await tab.url()).search).toBe('')
  expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
})

test.describe('with persistent storage', () => {
  test.use({ variant: 'persistent', persistent: true })

  test('is signed in still after the browser was restarted', async ({ session, appOrigin }) => {
    await signIn(await session.tab(), appOrigin)
    await session.restart()
    const tab = await session.tab()
    await tab.goto(appOrigin)
    await expectSignedIn(tab)
    expect(await callApi(tab)).toMatchObject({ status: 200 })
  })
})
