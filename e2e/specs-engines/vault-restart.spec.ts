import { callApi, expectSignedIn, signInByPopup } from '../engines/demo.ts'
import { expect, test } from '../engines/test.ts'
import type { SiteKind } from '../fixtures/sites.ts'

test.use({ persistent: true })

for (const siteKind of ['same-site', 'cross-site'] satisfies SiteKind[]) {
  test.describe(siteKind, () => {
    test.use({ siteKind })

    test('is signed in still after the browser was restarted', async ({ session, site }) => {
      await signInByPopup(session, await session.tab(), site.appOrigin)
      await session.restart()
      const tab = await session.tab()
      await tab.goto(site.appOrigin)
      await expectSignedIn(tab)
      expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
    })
  })
}
