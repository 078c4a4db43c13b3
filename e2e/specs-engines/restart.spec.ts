import { callApi, expectSignedIn, expectStatus, signIn, signInByPopup } from '../engines/demo.ts'
import { differs } from '../engines/differences.ts'
import { expect, test } from '../engines/test.ts'
import { environment } from '../fixtures/environment.ts'

test.use({ persistent: true })

test('apps are signed in still after the browser was restarted', async ({ session, engine }) => {
  const { appOrigins, sites } = environment()
  const own = appOrigins['same-origin'].persistent
  const ofVaults = [sites['same-site'].appOrigin, sites['cross-site'].appOrigin] as const
  const first = await session.tab()
  await signIn(first, own)
  await first.evaluate(() => console.log('said in the page'))
  await signInByPopup(session, await session.tab(), ofVaults[0])
  // The server of both knows the user: the popup may be gone before a driver sees it.
  const crossSite = await session.tab()
  await crossSite.goto(ofVaults[1])
  await crossSite.click('#sign-in-popup:enabled')
  await expectSignedIn(crossSite)
  await session.restart()
  // The other specs attach what consoles said.
  expect(session.logs.join('\n')).toContain('said in the page')
  for (const app of [own, ...ofVaults]) {
    const tab = await session.tab()
    await tab.goto(app)
    if (differs(engine, 'frame-storage-forgotten') && app !== own) {
      await expectStatus(tab, 'signed-out', '')
      continue
    }
    await expectSignedIn(tab)
    expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  }
})
