import { callApi, signIn } from '../engines/demo.ts'
import { expect, test } from '../engines/test.ts'

// The authorization server refuses codes and the API tokens without a proof of their key.

test.describe('on one origin', () => {
  test.use({ variant: 'dpop' })

  test('signs in with a key, and the API takes its proofs', async ({ session, appOrigin }) => {
    const tab = await session.tab()
    await signIn(tab, appOrigin)
    for (let call = 0; call < 3; call += 1) {
      expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
    }
  })
})

test.describe('with a vault, whose frame may have a storage of its own', () => {
  test.use({ siteKind: 'bound' })

  test('signs in with a key, and the API takes its proofs', async ({ session, site }) => {
    const tab = await session.tab()
    await signIn(tab, site.appOrigin)
    for (let call = 0; call < 3; call += 1) {
      expect(await callApi(tab)).toMatchObject({ status: 200, body: { sub: 'alice' } })
    }
    await tab.goto(site.appOrigin)
    await tab.waitFor("document.querySelector('#status')?.textContent === 'signed-in as alice'")
    expect(await callApi(tab)).toMatchObject({ status: 200 })
  })
})
