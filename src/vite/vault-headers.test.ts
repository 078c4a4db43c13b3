import { describe, expect, test } from 'vitest'
import { oddVaultSite, vaultSite as site } from '../../e2e/unit/vault-site.ts'
import { pageFile, planVault, vaultHeaders, type VaultSite } from './vault-headers.ts'

const APPS = 'https://app.example.com https://admin.example.com'
const REACH = 'https://api.example.com https://as.example.com:8443'
const END =
  "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types token-guardian"
const START = "default-src 'none'; script-src 'self'; worker-src 'self';"

describe('headers of the vault', () => {
  test('the bridge may be framed by the app, and connect to what is configured', () => {
    expect(vaultHeaders(site, '/bridge.html')).toEqual({
      ...vaultHeaders(site, '/missing'),
      'Content-Security-Policy': `${START} connect-src ${REACH}; frame-ancestors ${APPS}; ${END}`,
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'Cross-Origin-Resource-Policy': 'cross-origin',
    })
  })

  test('the worker may also connect to its own origin', () => {
    expect(vaultHeaders(site, '/guardian-sw.js')).toEqual({
      ...vaultHeaders(site, '/missing'),
      'Content-Security-Policy': `${START} connect-src 'self' ${REACH}; frame-ancestors 'none'; ${END}`,
    })
  })

  test.each(['/missing', '/', '/auth/', '/bridge.js', '/recover.js', '/popup.js', '/404.html'])(
    '%s has the strictest headers',
    (path) => {
      const { 'Permissions-Policy': features, ...headers } = vaultHeaders(site, path)
      expect(headers).toEqual({
        'Content-Security-Policy': `${START} frame-ancestors 'none'; ${END}`,
        'Origin-Agent-Cluster': '?1',
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Resource-Policy': 'same-origin',
        'Referrer-Policy': 'no-referrer',
        'X-Content-Type-Options': 'nosniff',
        'Strict-Transport-Security': 'max-age=63072000',
        'Cache-Control': 'no-cache',
      })
      expect(features?.split(', ')).toEqual(
        expect.arrayContaining(['camera=()', 'microphone=()', 'geolocation=()', 'usb=()']),
      )
    },
  )

  test.each([
    ['/auth/login', 'unsafe-none', 'no-store'],
    ['/auth/logout', 'same-origin', 'no-store'],
    ['/popup.html', 'unsafe-none', 'no-cache'],
  ])('%s differs in opener policy (%s) and caching (%s) only', (path, opener, cache) => {
    expect(vaultHeaders(site, path)).toEqual({
      ...vaultHeaders(site, '/missing'),
      'Cross-Origin-Opener-Policy': opener,
      'Cache-Control': cache,
    })
  })

  test.each(['/auth/callback', '/auth/callback.html', '/auth/other.callback'])(
    '%s differs in opener policy, caching and leave to send a posted response again only',
    (path) => {
      const rest = vaultHeaders(site, '/missing')
      expect(vaultHeaders(site, path)).toEqual({
        ...rest,
        'Content-Security-Policy': rest['Content-Security-Policy']?.replace(
          "form-action 'none'",
          `form-action 'self' ${site.appOrigins.join(' ')}`,
        ),
        'Cross-Origin-Opener-Policy': 'unsafe-none',
        'Cache-Control': 'no-store',
      })
    },
  )

  test('a page has the same headers with and without .html, for hosts that redirect from one to the other', () => {
    for (const path of ['/bridge', '/popup', '/auth/login', '/auth/logout']) {
      expect(vaultHeaders(site, path)).toEqual(vaultHeaders(site, `${path}.html`))
    }
    expect(vaultHeaders(oddVaultSite, '/old/cb')).toEqual(
      vaultHeaders(oddVaultSite, '/old/cb.html'),
    )
    expect(vaultHeaders(oddVaultSite, '/cb/')).toEqual(vaultHeaders(oddVaultSite, '/cb/index.html'))
  })

  test('a site that is on http only says nothing of https', () => {
    const local = { ...site, appOrigins: ['http://app.localhost:5173', 'http://[::1]:5173'] }
    for (const path of ['/bridge.html', '/missing', '/auth/callback']) {
      expect(Object.keys(vaultHeaders(local, path))).not.toContain('Strict-Transport-Security')
    }
  })

  test('nothing configured means nothing allowed', () => {
    const { 'Content-Security-Policy': policy } = vaultHeaders(
      { ...site, appOrigins: [], connectOrigins: [] },
      '/bridge.html',
    )
    expect(policy).toBe(`${START} frame-ancestors 'none'; ${END}`)
  })

  test('an origin that is named twice is written once', () => {
    const twice = { ...site, connectOrigins: [...site.connectOrigins, ...site.connectOrigins] }
    expect(vaultHeaders(twice, '/bridge.html')).toEqual(vaultHeaders(site, '/bridge.html'))
  })

  test.each<[string, Partial<VaultSite>]>([
    [
      'a directive in an origin',
      { appOrigins: ["https://app.example; script-src 'unsafe-inline'"] },
    ],
    ['a list in an origin', { connectOrigins: ['https://a.example https://b.example'] }],
    ['a wildcard', { connectOrigins: ['https://*.example.com'] }],
    ['a path after an origin', { appOrigins: ['https://app.example/'] }],
    ['a scheme alone', { connectOrigins: ['https:'] }],
    ['a line break in an origin', { connectOrigins: ['https://a.example\nX: y'] }],
    ['a quote in a path', { callbackPaths: ['/cb"'] }],
    ['a line break in a path', { callbackPaths: ['/cb\n  X: y'] }],
    ['a pattern in a path', { loginPath: '/auth/*' }],
    ['a placeholder in a path', { logoutPath: '/{http.request.uri}' }],
    ['a variable in a path', { logoutPath: '/$uri' }],
    ['a relative path', { loginPath: 'auth/login' }],
  ])('refuses %s', (_, change) => {
    expect(() => vaultHeaders({ ...site, ...change }, '/')).toThrow(TypeError)
  })

  test.each<[string, Partial<VaultSite>]>([
    ['/bridge', { callbackPaths: ['/bridge'] }],
    ['/guardian-sw.js', { loginPath: '/guardian-sw.js' }],
    ['/recover.js', { callbackPaths: ['/recover.js'] }],
    ['/404.html', { logoutPath: '/404' }],
    ['/auth/login', { callbackPaths: ['/auth/login'] }],
    ['/auth/login.html', { callbackPaths: ['/auth/login.html'] }],
  ])('refuses a second file at %s', (path, change) => {
    expect(() => planVault({ ...site, ...change })).toThrow(`would be served at '${path}'`)
  })

  test.each([
    ['/auth/callback', '/auth/callback.html'],
    ['/auth/callback.html', '/auth/callback.html'],
    ['/auth/callback/', '/auth/callback/index.html'],
    ['/', '/index.html'],
  ])('the page at %s is the file %s', (path, file) => {
    expect(pageFile(path)).toBe(file)
  })
})
