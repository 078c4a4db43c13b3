import { callApi, expectSignedIn, signIn } from '../engines/demo.ts'
import { expect, test } from '../engines/test.ts'
import { environment } from '../fixtures/environment.ts'

// The authorization server refuses codes and the API tokens without a proof of their key.
test('signs in with a key, and the API takes its proofs: on one origin, and with a vault, whose frame may have a storage of its own', async ({
  session,
}) => {
  const { appOrigins, sites } = environment()
  for (const app of [appOrigins['same-origin'].dpop, sites.bound.appOrigin]) {
    const tab = await session.tab()
    await signIn(tab, app)
    for (let call = 0; call < 3; call += 1) {
      expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
    }
  }
  const tab = await session.tab()
  await tab.goto(sites.bound.appOrigin)
  await expectSignedIn(tab)
  expect(await callApi(tab)).toMatchObject({ status: 200 })
})
