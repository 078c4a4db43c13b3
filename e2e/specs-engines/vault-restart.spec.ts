import { callApi, expectSignedIn, expectStatus, signInByPopup } from '../engines/demo.ts'
import { expect, test } from '../engines/test.ts'
import type { SiteKind } from '../fixtures/sites.ts'

test.use({ persistent: true })

for (const siteKind of ['same-site', 'cross-site'] satisfies SiteKind[]) {
  test.describe(siteKind, () => {
    test.use({ siteKind })

    test('is signed in still after the browser was restarted', async ({
      session,
      site,
      engine,
    }) => {
      await signInByPopup(session, await session.tab(), site.appOrigin)
      await session.restart()
      const tab = await session.tab()
      await tab.goto(site.appOrigin)
      // What a frame of another origin stored does not come back in WebKitGTK: the user signs in again.
      if (engine === 'webkit') return expectStatus(tab, 'signed-out', '')
      await expectSignedIn(tab)
      expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
    })
  })
}
