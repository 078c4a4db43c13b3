import { request as send } from 'node:http'

import { expect, test } from '../fixtures/attack-app.ts'

/** Status of a request that says it is for a service worker. */
async function statusFor(origin: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'service-worker': 'script' }
    // The path as it is: a URL parser would tidy it up.
    send(origin, { path, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

const scripts = ['/honest.js', '/sw.js?x', '/sw.js?', '//sw.js', '/%73w.js', '/sw.js/', '/./sw.js']

test('the server gives no script but the guardian’s to a worker', async ({ startWeak }) => {
  const { origin } = await startWeak({})
  for (const path of scripts) {
    expect(await statusFor(origin, path), path).toBeGreaterThanOrEqual(400)
  }
  expect(await statusFor(origin, '/sw.js')).toBe(200)
})

for (const csp of [true, false]) {
  test(`no other script becomes a worker, ${csp ? 'with' : 'without'} the content policy`, async ({
    page,
    open,
    startWeak,
  }) => {
    const target = await startWeak({ protections: { csp } })
    await open(page, target.origin)
    for (const script of ['/honest.js', '/sw.js?x']) {
      for (const scope of ['/', '/auth/']) {
        const failure = await page.evaluate(
          ([url, where]) =>
            navigator.serviceWorker.register(url, { scope: where }).then(
              () => 'registered',
              (error: Error) => error.name,
            ),
          [script, scope] as const,
        )
        // The policy does not look at the query; the server does.
        expect(['SecurityError', 'TypeError'], `${script} for ${scope}`).toContain(failure)
      }
    }
  })
}

test('bites: without the guard any script of the origin becomes a worker', async ({
  page,
  open,
  startWeak,
}) => {
  const target = await startWeak({ protections: { csp: false, workerGuard: false } })
  await open(page, target.origin)
  const scope = await page.evaluate(
    async () => (await navigator.serviceWorker.register('/honest.js', { scope: '/auth/' })).scope,
  )
  expect(scope).toBe(`${target.origin}/auth/`)
})
