import { expect, test } from '../fixtures/attack-app.ts'
import { databasesInReach } from '../fixtures/attack-storage.ts'
import { raidInPage, type Container } from '../fixtures/attack-tools.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

test('script reaches into no window of the vault: neither the page’s frame, nor one of its own, nor a popup', async ({
  page,
  app,
  signIn,
  expectNoSecrets,
}) => {
  await signIn(page)
  const opening = page.context().waitForEvent('page')
  const read = await page.evaluate(async (vault) => {
    const frame = document.createElement('iframe')
    frame.src = `${vault}/bridge.html`
    const loaded = new Promise((resolve) => {
      frame.onload = resolve
    })
    document.body.append(frame)
    await loaded
    const popup = window.open(`${vault}/404.html`)
    // Until then it is a page of ours.
    await new Promise<void>((resolve) => {
      const look = (): void => {
        try {
          if (popup && popup.location.href !== '') setTimeout(look, 5)
        } catch {
          resolve()
        }
      }
      look()
    })
    const names = [
      'document',
      'navigation',
      'localStorage',
      'sessionStorage',
      'indexedDB',
      'caches',
    ]
    names.push('performance', 'history', 'name', 'origin', 'crypto', 'onmessage', 'fetch', 'eval')
    return [window[0], frame.contentWindow, popup].flatMap((target) => [
      ...names.map((name) => {
        try {
          return `${name}: ${String(Reflect.get(target ?? {}, name))}`
        } catch (error) {
          return (error as Error).name
        }
      }),
      (() => {
        try {
          return target?.location.href
        } catch (error) {
          return (error as Error).name
        }
      })(),
    ])
  }, app.vaultOrigin)
  await opening
  expect(read).toHaveLength(45)
  expect(read.filter((outcome) => outcome !== 'SecurityError')).toEqual([])
  expect(await databasesInReach(page)).toEqual([])
  await expectNoSecrets(page)
})

test('without any header of either host script still gets no code of an own flow', async ({
  page,
  app,
  signIn,
  startWeak,
  attacker,
  control,
}) => {
  test.slow()
  const target = await startWeak({
    root: await buildOwnDemo('bare', app, {}),
    protections: { callback: false, csp: false, workerGuard: false },
    vaultProtections: { headers: false, workerGuard: false },
    without: ['cross-origin-opener-policy'],
  })
  await signIn(page, 'alice', target.origin)
  const { asOrigin, guardianOrigin } = target
  const through = `http://evil.test:${attacker.port}/frame?src=`
  const containers: readonly Container[] = ['frame', 'object', 'embed', 'credentialless frame']
  for (const container of [...containers, 'nested frame', 'popup'] as const) {
    for (const mode of ['query', 'fragment'] as const) {
      const raid = { container, mode, asOrigin, guardianOrigin, through, patienceMs: 600 }
      const before = await control.as.count('GET /auth')
      expect((await raidInPage(page, raid)).found, `${container}, ${mode}`).toEqual([])
      expect(await control.as.count('GET /auth'), `${container} got there`).toBe(before + 1)
    }
  }
})
