import { callApi, expectSignedIn, signIn } from '../engines/demo.ts'
import { expect, test } from '../engines/test.ts'
import { ApiControl } from '../fixtures/control.ts'
import { environment } from '../fixtures/environment.ts'

test.use({ variant: 'persistent' })

test('an app whose server is gone opens from its cache, signed in; calls fail like network errors without a network, and work when it is back', async ({
  session,
  startApp,
}) => {
  const app = await startApp()
  const api = new ApiControl(environment().apiOrigin)
  await api.reset()
  const tab = await session.tab()
  await signIn(tab, app.origin)
  await app.close()
  await api.fault('/v1/me', 'drop')
  await tab.goto(app.origin)
  await expectSignedIn(tab)
  expect(await callApi(tab)).toMatchObject({ error: 'TypeError' })
  await expectSignedIn(tab)
  await api.reset()
  expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
})
