import {
  deploy,
  hasTakenOver,
  installNext,
  OTHER_CONTRACT,
  OTHER_CONTRACT_OF_WORKER,
  TAKES_OVER,
} from '../fixtures/deployments.ts'
import {
  callIn,
  isSignedIn,
  leaveLoginPage,
  openClientIn,
  RELOADS,
  STATUS,
} from '../fixtures/undebugged-client.ts'
import { expect, test } from '../fixtures/undebugged-test.ts'

test.use({ variant: 'persistent' })

test.beforeEach(async ({ tab, other, app }) => {
  await leaveLoginPage(tab, app)
  await isSignedIn(tab)
  await openClientIn(other, app)
})

test('a worker of another contract: the page hears of it once, and what it shows stays true', async ({
  tab,
  other,
  app,
  control,
}) => {
  await control.app.fault('/sw.js', 'rewrite', {
    rewrites: [...OTHER_CONTRACT_OF_WORKER, ['`begin-login`', '`begin-sign-in`']],
  })
  await deploy(control.app, '/sw.js', TAKES_OVER)
  await installNext(other)
  await hasTakenOver(other)
  await tab.until(`${RELOADS} === 'outdated'`)
  await isSignedIn(tab)
  expect(await callIn(tab, app)).toBe(200)
  expect(await tab.evaluate('client.refresh().then((now) => now.status, String)')).toBe('signed-in')
  // What the other side does not understand is refused, and nothing else.
  const refused = `client.loginWithRedirect().then(String, ({ code }) => code)`
  if (app.vaultOrigin === undefined) expect(await tab.evaluate(refused)).toBe('contract-mismatch')
  await control.as.revoke('alice')
  await tab.evaluate(`client.refresh().catch(String)`)
  for (const page of [tab, other]) await page.until(`${STATUS} === 'interaction-required'`)
  expect(await tab.evaluate(RELOADS)).toBe('outdated')
})

test('a page of another contract, and a bridge: signed in, and calls go on', async ({
  tab,
  app,
  control,
}) => {
  await control.app.fault('/test-pages', 'rewrite', {
    rewrites: [...OTHER_CONTRACT, ['!==`1`', '!==`2`']],
  })
  await openClientIn(tab, app)
  await isSignedIn(tab)
  await tab.until(`${RELOADS} === 'outdated'`)
  expect(await callIn(tab, app)).toBe(200)
  expect(await tab.evaluate('client.refresh().then((now) => now.status, String)')).toBe('signed-in')
})
