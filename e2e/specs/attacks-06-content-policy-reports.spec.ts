import type { App } from '../fixtures/app.ts'
import { expect, test } from '../fixtures/attack-app.ts'
import { reportTrickInPage, type ResponseMode } from '../fixtures/attack-tools.ts'

const modes: readonly ResponseMode[] = ['query', 'fragment', 'form_post']
const documents = ['/', '/offline.html', '/no-such-page.txt', '/icon-192.png', '/%zz'] as const

test('a policy violation reports no code, in whatever document of the origin', async ({
  page,
  app,
  signIn,
}) => {
  await signIn(page)
  const { asOrigin, guardianOrigin } = app
  const tryIn = async (path: string): Promise<void> => {
    const tab = await page.context().newPage()
    await tab.goto(app.origin + path)
    for (const container of ['frame', 'object'] as const) {
      for (const mode of modes) {
        const raid = { container, asOrigin, guardianOrigin, mode, patienceMs: 400 }
        const { found } = await reportTrickInPage(tab, raid)
        expect(found, `${path}, ${container}, ${mode}`).toEqual([])
      }
    }
  }
  await Promise.all(documents.map(tryIn))
})

test('without a policy of the server the report has the code of a query response on one origin, and none of a vault', async ({
  page,
  signIn,
  startWeak,
}) => {
  const target = await startWeak({ protections: { csp: false } })
  await signIn(page, 'alice', target.origin)
  const { found, codes } = await reportTrickInPage(page, {
    container: 'frame',
    asOrigin: target.asOrigin,
    guardianOrigin: target.guardianOrigin,
  })
  if (target.vaultOrigin !== undefined) return expect([found, codes]).toEqual([[], []])
  expect(found).toContain('violation: code')
  expect(codes).toHaveLength(1)
})

for (const mode of ['fragment', 'form_post'] as const) {
  test(`also without a policy of the server no report has the code of a ${mode} response`, async ({
    page,
    signIn,
    startWeak,
  }) => {
    const target = await startWeak({ protections: { csp: false } })
    await signIn(page, 'alice', target.origin)
    const { asOrigin, guardianOrigin } = target
    const { found } = await reportTrickInPage(page, {
      container: 'frame',
      asOrigin,
      guardianOrigin,
      mode,
    })
    expect(found).toEqual([])
  })
}

/** What the attacker puts into the cache in place of a page of the app: it runs an own flow and exchanges the code. */
function poisonedPage({ asOrigin, guardianOrigin }: App): string {
  return `<!doctype html><title>waiting</title><body><script>
    void (async () => {
      const text = (bytes) => btoa(String.fromCharCode(...bytes))
        .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
      const random = () => text(crypto.getRandomValues(new Uint8Array(32)))
      const verifier = random()
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
      const redirect_uri = '${guardianOrigin}/auth/callback'
      const url = new URL('${asOrigin}/auth')
      url.search = new URLSearchParams({
        client_id: 'demo', response_type: 'code', redirect_uri, prompt: 'none', state: random(),
        scope: 'openid offline_access api:read api:write',
        code_challenge: text(new Uint8Array(digest)), code_challenge_method: 'S256',
      })
      document.addEventListener('securitypolicyviolation', async ({ blockedURI }) => {
        const code = new URL(blockedURI).searchParams.get('code')
        if (code === null) return
        const body = new URLSearchParams({
          grant_type: 'authorization_code', client_id: 'demo', redirect_uri, code,
          code_verifier: verifier,
        })
        const tokens = await (await fetch('${asOrigin}/token', { method: 'POST', body })).json()
        if (tokens.access_token) document.title = 'stolen'
      })
      const policy = document.createElement('meta')
      policy.httpEquiv = 'Content-Security-Policy'
      policy.content = 'frame-src ${asOrigin}'
      document.head.append(policy)
      const frame = document.createElement('iframe')
      frame.src = url
      document.body.append(frame)
    })()
  </script>`
}

// The worker answers navigations from a cache that page script can write to, with the headers that the script chose: a
// document of this origin without a policy. When it is repaired, this test turns red: take `fail` away then.
test.describe('known to be open on one origin', () => {
  test.fail(({ topology }) => topology === 'same-origin', 'A vault’s code is of another origin')

  test('a page that script put into the cache of the worker gets no code and no token', async ({
    page,
    context,
    app,
    signIn,
  }) => {
    await signIn(page)
    await page.evaluate(async (html) => {
      for (const name of await caches.keys()) {
        const cache = await caches.open(name)
        for (const request of await cache.keys()) {
          if (!request.url.includes('/offline.html')) continue
          await cache.put(request, new Response(html, { headers: { 'content-type': 'text/html' } }))
        }
      }
    }, poisonedPage(app))
    const opening = context.waitForEvent('page')
    await page.evaluate(() => void window.open('/offline.html'))
    const popup = await opening
    const stolen = await popup
      .waitForFunction(() => document.title === 'stolen', undefined, { timeout: 5000 })
      .then(
        () => true,
        () => false,
      )
    expect(stolen).toBe(false)
  })
})
