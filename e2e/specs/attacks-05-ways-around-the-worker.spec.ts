import type { Page } from '@playwright/test'

import { expect, test, type WeakApp } from '../fixtures/attack-app.ts'
import { raidInPage, type Container, type Loot } from '../fixtures/attack-tools.ts'
import type { AttackerSite } from '../fixtures/weak/attacker-site.ts'

/** One way in which a response gets past the worker. */
interface Way {
  readonly name: string
  readonly container: Container
  /** What page script does first. */
  readonly prepare?: (page: Page) => Promise<void>
  /** The worker answers also without protections of the server, so there is nothing to bite. */
  readonly workerAnswers?: true
}

const unregister = async (page: Page): Promise<void> => {
  await page.evaluate(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) {
      await registration.unregister()
    }
  })
}

const registerAtTheCallback = async (page: Page): Promise<void> => {
  // A script of the app that has nothing to do with workers: with the longest scope it gets the callback.
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker
      .register('/honest.js', { scope: '/auth/' })
      .catch(() => undefined)
    const worker = registration?.installing
    if (!worker) return
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (worker.state === 'activated' || worker.state === 'redundant') resolve()
      }
      worker.addEventListener('statechange', look)
      look()
    })
  })
}

const reloadPastTheCache = async (page: Page): Promise<void> => {
  const session = await page.context().newCDPSession(page)
  const loaded = page.waitForEvent('load')
  await session.send('Page.reload', { ignoreCache: true })
  await loaded
  await session.detach()
}

const reloadByScript = async (page: Page): Promise<void> => {
  const loaded = page.waitForEvent('load')
  // Firefox takes it for a reload past the cache and the worker.
  await page.evaluate(() => (location.reload as (force: boolean) => void)(true))
  await loaded
}

/** These leave the page as it is, so one page tries them one after the other. */
const containers: readonly Way[] = [
  { name: 'frame', container: 'frame', workerAnswers: true },
  { name: 'object', container: 'object' },
  { name: 'embed', container: 'embed' },
  { name: 'credentialless frame', container: 'credentialless frame' },
  { name: 'frame of this site in a frame of another site', container: 'nested frame' },
]

const prepared: readonly Way[] = [
  { name: 'unregister(), then a frame', container: 'frame', prepare: unregister },
  { name: 'unregister(), then a popup', container: 'popup', prepare: unregister },
  {
    name: 'an honest script as worker of the callback',
    container: 'frame',
    prepare: registerAtTheCallback,
  },
  {
    name: 'reload(true), then a frame',
    container: 'frame',
    prepare: reloadByScript,
    workerAnswers: true,
  },
  {
    name: 'a reload past the worker, then a frame',
    container: 'frame',
    prepare: reloadPastTheCache,
    workerAnswers: true,
  },
]

const rounds: readonly { readonly name: string; readonly ways: readonly Way[] }[] = [
  { name: 'a container in the page', ways: containers },
  ...prepared.map((way) => ({ name: way.name, ways: [way] })),
]

async function attack(
  page: Page,
  { container, prepare }: Way,
  { asOrigin, guardianOrigin }: WeakApp,
  attacker: AttackerSite,
): Promise<Loot> {
  await prepare?.(page)
  const through = `http://evil.test:${attacker.port}/frame?src=`
  return raidInPage(page, { container, asOrigin, guardianOrigin, through })
}

for (const { name, ways } of rounds) {
  test(`no code by: ${name}, with every header of the server`, async ({
    page,
    signIn,
    startWeak,
    attacker,
  }) => {
    const target = await startWeak({})
    await signIn(page, 'alice', target.origin)
    for (const way of ways) {
      expect((await attack(page, way, target, attacker)).found, way.name).toEqual([])
    }
  })

  test(`no code by: ${name}, when the answer of the callback stands alone`, async ({
    page,
    signIn,
    startWeak,
    attacker,
    control,
  }) => {
    const target = await startWeak({
      protections: { csp: false, workerGuard: false },
      without: ['cross-origin-opener-policy'],
    })
    await signIn(page, 'alice', target.origin)
    for (const way of ways) {
      const before = await control.as.count('GET /auth')
      expect((await attack(page, way, target, attacker)).found, way.name).toEqual([])
      expect(await control.as.count('GET /auth'), `${way.name}: reached the server`).toBe(
        before + 1,
      )
    }
  })

  test(`${name}, without protections of the app’s host: bites on one origin, gets no code of a vault`, async ({
    page,
    signIn,
    startWeak,
    attacker,
    control,
  }) => {
    const target = await startWeak({
      protections: { callback: false, csp: false, workerGuard: false },
      without: ['cross-origin-opener-policy'],
    })
    await signIn(page, 'alice', target.origin)
    for (const way of ways) {
      const before = await control.as.count('GET /auth')
      const { found } = await attack(page, way, target, attacker)
      expect(await control.as.count('GET /auth'), `${way.name}: reached the server`).toBe(
        before + 1,
      )
      const isHeld = way.workerAnswers || target.vaultOrigin !== undefined
      if (isHeld) expect(found, way.name).toEqual([])
      else expect(found, way.name).not.toEqual([])
    }
  })
}

// Headers cannot hold these: the request never gets as far as the code that would send the answer.

async function throwCookieBomb(page: Page, cookies = 5): Promise<void> {
  await page.evaluate((count) => {
    for (let index = 0; index < count; index += 1) {
      document.cookie = `bomb${index}=${'x'.repeat(3900)}; path=/auth/callback`
    }
  }, cookies)
}

test('a cookie bomb on the callback, where the app serves no content policy: known to show the code on one origin, shows none of a vault', async ({
  page,
  signIn,
  startWeak,
  control,
}) => {
  const target = await startWeak({ protections: { csp: false } })
  await signIn(page, 'alice', target.origin)
  await throwCookieBomb(page)
  const { codes } = await raidInPage(page, {
    container: 'embed',
    asOrigin: target.asOrigin,
    guardianOrigin: target.guardianOrigin,
  })
  expect((await control.as.issued()).codes, 'the server answered').toHaveLength(2)
  expect(codes).toHaveLength(target.vaultOrigin === undefined ? 1 : 0)
})

test('a response too long for the server, where the app serves no content policy: known to show the code on one origin, shows none of a vault', async ({
  page,
  signIn,
  startWeak,
  control,
}) => {
  const target = await startWeak({ protections: { csp: false } })
  await signIn(page, 'alice', target.origin)
  // One cookie, so that the limit of the app's server is reached before that of the authorization server.
  await throwCookieBomb(page, 1)
  const { asOrigin, guardianOrigin } = target
  const { codes } = await raidInPage(page, {
    container: 'embed',
    asOrigin,
    guardianOrigin,
    padding: 12_500,
  })
  expect((await control.as.issued()).codes, 'the server answered').toHaveLength(2)
  expect(codes).toHaveLength(target.vaultOrigin === undefined ? 1 : 0)
})

test('a cookie bomb shows no code in any container with every header of the server', async ({
  page,
  signIn,
  startWeak,
}) => {
  const target = await startWeak({})
  await signIn(page, 'alice', target.origin)
  await throwCookieBomb(page)
  const { asOrigin, guardianOrigin } = target
  for (const container of ['object', 'embed', 'frame', 'popup'] as const) {
    await unregister(page)
    const { found } = await raidInPage(page, { container, asOrigin, guardianOrigin })
    expect(found, container).toEqual([])
  }
})
