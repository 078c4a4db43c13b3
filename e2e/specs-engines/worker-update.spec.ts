import { signIn } from '../engines/demo.ts'
import { differs } from '../engines/differences.ts'
import { expect, test } from '../engines/test.ts'
import { AuthorizationServerControl, ServerControl } from '../fixtures/control.ts'
import { deploy, TAKES_OVER } from '../fixtures/deployments.ts'
import { environment } from '../fixtures/environment.ts'

declare global {
  interface Window {
    next?: ServiceWorker
    refreshed?: string
    called?: number
  }
}

/** Milliseconds. On a busy machine it may be the idle timer of the version before, 30 s and more, that ends it at last. */
const TAKE_OVER_MS = 75_000

// A limit for hangs only.
test.setTimeout(240_000)

test('a version of the worker that takes over waits for the refresh that is under way; tokens in memory go on but in Firefox', async ({
  session,
  appOrigin,
  engine,
}) => {
  const as = new AuthorizationServerControl(environment().asOrigin)
  const host = new ServerControl(appOrigin)
  await host.reset()
  const tab = await session.tab()
  await signIn(tab, appOrigin)
  await tab.goto(`${appOrigin}/client.html`)
  await tab.waitFor(`window.client?.session.status === 'signed-in'`)
  const other = await session.tab()
  await other.goto(`${appOrigin}/offline.html`)
  await deploy(host, '/sw.js', TAKES_OVER)
  await as.reset()
  await as.fault('/token', 'hang', { times: 1 })
  await tab.evaluate(() => {
    void window.client.refresh().then(
      ({ status }) => (window.refreshed = status),
      ({ code }: { code: string }) => (window.refreshed = code),
    )
  })
  await expect.poll(() => as.count('POST /token')).toBe(1)
  await other.evaluate(() => {
    void navigator.serviceWorker.getRegistration().then((registration) => {
      registration!.addEventListener('updatefound', () => (window.next = registration!.installing!))
      return registration!.update()
    })
  })
  await other.waitFor(`window.next?.state === 'installed'`)
  await as.release()
  await tab.waitFor(`window.refreshed === 'signed-in'`)
  // Browsers wait until the version before has nothing to do, and ask at times that are theirs.
  await other.waitFor(`window.next.state === 'activated'`, TAKE_OVER_MS)
  const [status, code] = differs(engine, 'workers-apart')
    ? ['interaction-required', 'session-lost']
    : ['signed-in', null]
  await tab.goto(`${appOrigin}/client.html`)
  await tab.waitFor(`window.client?.session.status === '${status}'`)
  const codeOf = (): string | null => (window.client.session as { code?: string }).code ?? null
  expect(await tab.evaluate(codeOf)).toBe(code)
  await tab.evaluate((url) => {
    void fetch(url).then((response) => (window.called = response.status))
  }, `${environment().apiOrigin}/v1/me`)
  await tab.waitFor(`window.called === ${code === null ? 200 : 401}`)
  expect(await as.count('POST /token')).toBe(1)
  await host.reset()
})
