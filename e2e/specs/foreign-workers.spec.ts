import { ServerControl } from '../fixtures/control.ts'
import { deploy, installNext, TAKES_OVER } from '../fixtures/deployments.ts'
import {
  callIn,
  isSignedIn,
  leaveLoginPage,
  RELOADS,
  STATUS,
} from '../fixtures/undebugged-client.ts'
import { expect, test } from '../fixtures/undebugged-test.ts'

test.use({ variant: 'persistent' })

/** A worker of somebody else. */
const FOREIGN = `${TAKES_OVER}
addEventListener('activate', (event) => event.waitUntil(clients.claim()))`
const SCRIPT = { headers: { 'content-type': 'text/javascript' } }

test('a worker that does not get the page’s requests any more: unprotected, and told to reload', async ({
  tab,
  other,
  app,
  control,
}) => {
  await leaveLoginPage(tab, app)
  await isSignedIn(tab)
  await other.goto(`${app.origin}/offline.html`)
  await control.app.fault('/sw.js', 'rewrite', { rewrites: [['`\\?probe`', '`?other`']] })
  await deploy(control.app, '/sw.js', TAKES_OVER)
  await installNext(other)
  await tab.until(`${STATUS} === 'unprotected'`)
  expect(await tab.evaluate('client.session.code')).toBe('page-not-covered')
  expect(await tab.evaluate(RELOADS)).toBe('uncovered')
})

test('a foreign script in place of the worker’s: noticed, nothing is injected, and the session is there when the guardian is back', async ({
  tab,
  other,
  app,
  control,
}) => {
  await leaveLoginPage(tab, app)
  await isSignedIn(tab)
  await other.goto(`${app.origin}/offline.html`)
  await control.app.fault('/sw.js', 'html', { ...SCRIPT, body: FOREIGN })
  await installNext(other)
  await tab.until(`${STATUS} === 'unprotected'`)
  expect(await tab.evaluate('client.session.code')).toBe('page-not-covered')
  expect(await callIn(tab, app)).toBe(401)
  expect((await control.api.log('/v1/me')).at(-1)).toMatchObject({ authorization: 'none' })
  const refused = `client.loginWithRedirect().then(String, ({ code }) => code)`
  expect(await tab.evaluate(refused)).toMatch(/page-not-covered|worker-unresponsive/)
  // The guardian's script is back.
  await control.app.reset()
  await deploy(control.app, '/sw.js', TAKES_OVER)
  await installNext(other)
  await isSignedIn(tab)
  expect(await callIn(tab, app)).toBe(200)
})

test('a foreign worker for a part of the app: its pages notice, others go on', async ({
  tab,
  other,
  app,
  startApp,
}) => {
  const own = await startApp({ protections: { csp: false, workerGuard: false } })
  const host = new ServerControl(own.origin)
  await host.fault('/foreign.js', 'html', { ...SCRIPT, body: FOREIGN })
  await leaveLoginPage(tab, own)
  await isSignedIn(tab)
  await other.goto(own.origin)
  await other.until(`document.querySelector('#status').textContent === 'signed-in as alice'`)
  await tab.evaluate(
    `void navigator.serviceWorker.register('/foreign.js', { scope: '/client.html' })`,
  )
  await tab.until(`${STATUS} === 'unprotected'`)
  expect(await callIn(tab, app)).toBe(401)
  expect(await callIn(other, app)).toBe(200)
})
