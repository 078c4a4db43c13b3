import type { App } from '../fixtures/app.ts'
import {
  deploy,
  guardianScript,
  hasTakenOver,
  installNext,
  OTHER_CONTRACT_OF_WORKER,
  quietDocument,
  TAKES_OVER,
} from '../fixtures/deployments.ts'
import type { UndebuggedPage } from '../fixtures/undebugged-chromium.ts'
import {
  callIn,
  isSignedIn,
  leaveLoginPage,
  openClientIn,
  RELOADS,
  UPDATES,
} from '../fixtures/undebugged-client.ts'
import { expect, test } from '../fixtures/undebugged-test.ts'

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

  test('a version that waits: every page hears so once, and one of them lets it take over', async ({
    tab,
    other,
    app,
    control,
  }) => {
    await leaveLoginPage(tab, app)
    await isSignedIn(tab)
    await openClientIn(other, app)
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
    await leaveLoginPage(tab, app)
    await isSignedIn(tab)
    await openClientIn(other, app)
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
})

/** With whatever worker it is now: calls, and a page that is loaded anew. */
async function goesOn(tab: UndebuggedPage, app: App): Promise<void> {
  await isSignedIn(tab)
  expect(await callIn(tab, app)).toBe(200)
  await openClientIn(tab, app)
  await isSignedIn(tab)
}
