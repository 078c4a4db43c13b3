import type { App } from '../fixtures/app.ts'
import { expect, test as base } from '../fixtures/app.ts'
import { ServerControl } from '../fixtures/control.ts'
import {
  deploy,
  guardianScript,
  hasTakenOver,
  installNext,
  quietDocument,
  TAKES_OVER,
} from '../fixtures/deployments.ts'
import { openUndebugged, type UndebuggedPage } from '../fixtures/undebugged-chromium.ts'
import { callIn, isSignedIn, leaveLoginPage, openClientIn } from '../fixtures/undebugged-client.ts'

interface UndebuggedFixtures {
  readonly tab: UndebuggedPage
  /** Another tab of the app, which signs in nobody. */
  readonly other: UndebuggedPage
}

/** Without a debugger: an attached one keeps a worker alive, and sometimes from giving way to the next version. */
const test = base.extend<UndebuggedFixtures>({
  tab: async ({ control }, use) => {
    const tab = await openUndebugged()
    await use(tab)
    await control.as.release()
    await tab.close()
  },
  other: async ({ tab }, use) => use(await tab.anotherTab()),
})

/** Another worker of somebody else. */
const FOREIGN = `${TAKES_OVER}
addEventListener('activate', (event) => event.waitUntil(clients.claim()))`
const SCRIPT = { headers: { 'content-type': 'text/javascript' } }

/** Makes page code, a worker or a bridge one of another contract. */
const OTHER_CONTRACT = [['tokenGuardian:1\\b', 'tokenGuardian:2']] as const
const OTHER_CONTRACT_OF_WORKER = [
  ...OTHER_CONTRACT,
  ['(\\[\\w+\\]:)`1`', '$1`2`'],
  ['===1(\\?`malformed`)', '===2$1'],
] as const

const UPDATES = `clientEvents.filter(({ name }) => name === 'update').map(({ detail }) => detail).join()`
/** Without the versions that wait, which one that takes over by itself may do for a moment. */
const RELOADS = `clientEvents.filter(({ name, detail }) => name === 'update' && detail !== 'waiting').map(({ detail }) => detail).join()`
const STATUS = 'client.session.status'

test('a version that takes over while a code is being exchanged waits for it', async ({
  tab,
  other,
  app,
  control,
}) => {
  await control.as.fault('/token', 'hang', { times: 1 })
  await leaveLoginPage(tab, app)
  await expect.poll(() => control.as.count('POST /token')).toBe(1)
  await deploy(control.guardian, guardianScript(app), TAKES_OVER)
  await other.goto(quietDocument(app))
  await installNext(other)
  expect(await other.evaluate('next.state')).toBe('installed')
  await control.as.release()
  await isSignedIn(tab)
  await hasTakenOver(other)
  await goesOn(tab, app)
  expect(await control.as.count('POST /token')).toBe(1)
})

test('a version that takes over while a token is being refreshed waits for it', async ({
  tab,
  other,
  app,
  control,
}) => {
  await leaveLoginPage(tab, app)
  await isSignedIn(tab)
  await other.goto(quietDocument(app))
  await deploy(control.guardian, guardianScript(app), TAKES_OVER)
  await control.as.reset()
  await control.as.fault('/token', 'hang', { times: 1 })
  await tab.evaluate(`window.refreshed = client.refresh().then((now) => now.status, String), 0`)
  await expect.poll(() => control.as.count('POST /token')).toBe(1)
  await installNext(other)
  expect(await other.evaluate('next.state')).toBe('installed')
  await control.as.release()
  expect(await tab.evaluate('window.refreshed')).toBe('signed-in')
  await hasTakenOver(other)
  await goesOn(tab, app)
  expect(await control.as.count('POST /token')).toBe(1)
})

test.describe('persistent variant', () => {
  test.use({ variant: 'persistent' })
  test.beforeEach(async ({ tab, other, app }) => {
    await leaveLoginPage(tab, app)
    await isSignedIn(tab)
    await openClientIn(other, app)
  })

  test('a version that waits: every page hears so once, and one of them lets it take over', async ({
    tab,
    other,
    app,
    control,
  }) => {
    await deploy(control.app, '/sw.js')
    await installNext(other)
    for (const page of [tab, other]) await page.until(`${UPDATES} === 'waiting'`)
    expect(await other.evaluate('next.state')).toBe('installed')
    expect(await tab.evaluate(`update.apply().then(() => 'applied', String)`)).toBe('applied')
    await hasTakenOver(other)
    for (const page of [tab, other]) {
      await isSignedIn(page)
      expect(await callIn(page, app)).toBe(200)
      expect(await page.evaluate(UPDATES)).toBe('waiting')
    }
  })

  test('an app that applies every update and reloads does so once', async ({
    tab,
    other,
    app,
    control,
  }) => {
    await tab.evaluate(`sessionStorage.setItem('reloads', 'yes')`)
    await control.app.reset()
    await deploy(control.app, '/sw.js')
    await installNext(other)
    await expect.poll(() => control.app.count('GET /client.html')).toBe(1)
    await hasTakenOver(other)
    await goesOn(tab, app)
    await control.app.reset()
    // The page's code stays of this version: nothing is better after the reload.
    await control.app.fault('/sw.js', 'rewrite', { rewrites: OTHER_CONTRACT_OF_WORKER })
    await deploy(control.app, '/sw.js', TAKES_OVER)
    await installNext(other)
    await expect.poll(() => control.app.count('GET /client.html')).toBe(1)
    await hasTakenOver(other)
    await isSignedIn(tab)
    expect(await tab.evaluate(RELOADS)).toBe('')
    expect(await callIn(tab, app)).toBe(200)
    expect(await control.app.count('GET /client.html')).toBe(1)
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
    expect(await tab.evaluate('client.refresh().then((now) => now.status, String)')).toBe(
      'signed-in',
    )
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
    expect(await tab.evaluate('client.refresh().then((now) => now.status, String)')).toBe(
      'signed-in',
    )
  })

  test('a worker that does not get the page’s requests any more: unprotected, and told to reload', async ({
    tab,
    other,
    control,
  }) => {
    await control.app.fault('/sw.js', 'rewrite', { rewrites: [['`\\?probe`', '`?other`']] })
    await deploy(control.app, '/sw.js', TAKES_OVER)
    await installNext(other)
    await tab.until(`${STATUS} === 'unprotected'`)
    expect(await tab.evaluate('client.session.code')).toBe('page-not-covered')
    expect(await tab.evaluate(RELOADS)).toBe('uncovered')
  })
})

test.describe('persistent variant, other', () => {
  test.use({ variant: 'persistent' })

  test('a stream that is open: the next version takes over in the end, and the page is covered by it', async ({
    tab,
    other,
    app,
    control,
  }) => {
    // The old version is as patient as ever, by a clock that is faster.
    await deploy(
      control.app,
      '/sw.js',
      'const { setTimeout: wait } = self; self.setTimeout = (act, ms) => wait(act, ms === 6e4 ? 1000 : ms)',
    )
    await leaveLoginPage(tab, app)
    await isSignedIn(tab)
    await tab.evaluate(`
      window.heard = window.opened = window.givenUp = 0
      window.connect = () => {
        const source = new EventSource('${app.apiOrigin}/v1/events')
        source.onopen = () => (opened += 1)
        source.onmessage = () => (heard += 1)
        source.onerror = () => {
          if (source.readyState !== EventSource.CLOSED) return
          givenUp += 1
          setTimeout(connect, 3000)
        }
      }
      connect()
    `)
    await tab.until('heard > 2')
    await other.goto(`${app.origin}/offline.html`)
    await deploy(control.app, '/sw.js', TAKES_OVER)
    await installNext(other)
    await hasTakenOver(other)
    await tab.until('opened > 1 && (window.before ??= heard) && heard > before')
    // Behind a worker, Chromium gives an event source up when its connection breaks: an app has to open another one, after a while as well.
    expect(await tab.evaluate('givenUp')).toBe(app.vaultOrigin === undefined ? 1 : 0)
    expect(await tab.evaluate(`fetch('/auth/login?probe').then(({ status }) => status)`)).toBe(204)
    expect(await callIn(tab, app)).toBe(200)
    expect(await tab.evaluate(RELOADS)).toBe('')
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
})

/** With whatever worker it is now: calls, and a page that is loaded anew. */
async function goesOn(tab: UndebuggedPage, app: App): Promise<void> {
  await isSignedIn(tab)
  expect(await callIn(tab, app)).toBe(200)
  await openClientIn(tab, app)
  await isSignedIn(tab)
}
