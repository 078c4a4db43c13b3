import { callApi, enterPassword, expectSignedIn } from '../engines/demo.ts'
import { expect, test } from '../engines/test.ts'
import { environment } from '../fixtures/environment.ts'

/** WebKit may end the worker, and start it elsewhere, when a page of another site comes. */

const otherSite = (): string => environment().foreignOrigin.replace('localhost', '127.0.0.1')

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
  await tab.goto(app)
  await expectSignedIn(tab)
  expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
})
