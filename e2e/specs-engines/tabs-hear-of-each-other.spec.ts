import { callApi, expectSignedIn, expectSignedOut, signIn } from '../engines/demo.ts'
import { differs } from '../engines/differences.ts'
import { expect, test } from '../engines/test.ts'

test('every tab of an app learns of a sign-in and of a sign-out, on one origin and with a vault', async ({
  session,
  appOrigin,
  site,
  engine,
}) => {
  const [tab, other] = [await session.tab(), await session.tab()]
  for (const origin of [appOrigin, site.appOrigin]) {
    await other.goto(origin)
    await expectSignedOut(other)
    await signIn(tab, origin)
    await expectSignedIn(other)
    expect(await callApi(other)).toMatchObject({ status: 200, body: { sub: 'alice' } })
    await other.click('#sign-out')
    const asks = origin === site.appOrigin && differs(engine, 'asks-before-sign-out')
    if (asks) await other.click('#go')
    await expectSignedOut(other)
    await expectSignedOut(tab)
    expect(await callApi(tab)).toMatchObject({ status: 401 })
  }
})
