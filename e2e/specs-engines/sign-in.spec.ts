import { callApi, signIn } from '../engines/demo.ts'
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
