import { headers, reply, when, otherSite, EVERYWHERE, SCRIPT, vault } from './breaks.ts'
import type { Case } from './diagnose.ts'

/** What is broken, and what is found then: vault. */
export const vaultCases: readonly Case[] = [
  {
    id: 'vault-unreachable',
    when: 'nobody is there',
    ...vault,
    config: (config) => ({ ...config, vaultOrigin: 'http://localhost:1' }),
    says: 'ECONNREFUSED',
  },
  {
    id: 'vault-file-missing',
    when: 'a script is missing',
    ...vault,
    break: reply('vault', '/bridge.js', { status: 404 }),
    says: '/bridge.js answers 404',
  },
  {
    id: 'vault-file-missing',
    when: 'a page is redirected elsewhere',
    ...vault,
    break: reply('vault', '/auth/callback', { status: 302, headers: { location: '/' } }),
    says: '/auth/callback redirects to /',
  },
  {
    id: 'vault-policy',
    when: 'the host sends none',
    ...vault,
    break: headers('vault', EVERYWHERE, { 'content-security-policy': null }),
    says: /\/bridge\.html has no Content-Security-Policy with frame-ancestors http:\S+, and \d+ more of its paths/,
  },
  {
    id: 'vault-policy',
    when: 'it lets the bridge call anybody',
    ...vault,
    break: (asked, right, origins) =>
      headers('vault', '/bridge.html', {
        'content-security-policy': (right.headers['Content-Security-Policy'] ?? '').replace(
          /connect-src [^;]*/,
          'connect-src *',
        ),
      })(asked, right, origins),
    says: 'without connect-src http://',
  },
  {
    id: 'vault-process',
    when: 'the header is missing on the bridge',
    ...vault,
    break: headers('vault', '/bridge.html', { 'origin-agent-cluster': null }),
    says: '/bridge.html has no Origin-Agent-Cluster: ?1',
  },
  {
    id: 'vault-referrer',
    when: 'the callback has another one',
    ...vault,
    break: headers('vault', '/auth/callback', { 'referrer-policy': 'same-origin' }),
    says: '/auth/callback has no Referrer-Policy: no-referrer',
  },
  {
    id: 'vault-opener',
    when: 'the login path cuts its opener off',
    ...vault,
    break: headers('vault', '/auth/login', { 'cross-origin-opener-policy': 'same-origin' }),
    says: 'same-origin instead of unsafe-none',
  },
  {
    id: 'vault-embedding',
    when: 'the bridge may not be embedded',
    ...vault,
    break: headers('vault', '/bridge.html', { 'cross-origin-resource-policy': 'same-origin' }),
  },
  {
    id: 'vault-sniffing',
    when: 'the header is missing everywhere',
    ...vault,
    break: headers('vault', EVERYWHERE, { 'x-content-type-options': null }),
    says: /and \d+ more of its paths\n.*nginx\.conf.*\. \/bridge\.html: X-Content-Type-Options: nosniff$/,
  },
  {
    id: 'vault-features',
    when: 'the camera is not denied',
    ...vault,
    break: headers('vault', '/popup.html', { 'permissions-policy': 'microphone=()' }),
  },
  {
    id: 'vault-hsts',
    when: 'it lasts for an hour',
    ...vault,
    https: true,
    break: headers('vault', '/bridge.html', { 'strict-transport-security': 'max-age=3600' }),
  },
  {
    id: 'vault-cached',
    when: 'the callback may be kept',
    ...vault,
    break: headers('vault', '/auth/callback', { 'cache-control': 'no-cache' }),
  },
  {
    id: 'vault-serves-more',
    when: 'a start page answers for what is missing',
    ...vault,
    break: reply('vault', '/token-guardian-missing-page', { status: 200 }),
  },
  {
    id: 'vault-foreign-worker',
    when: 'any script is served as a worker',
    ...vault,
    break: when(({ path, headers: sent }) => path === '/bridge.js' && 'service-worker' in sent, {
      status: 200,
      headers: SCRIPT,
    }),
  },
  {
    id: 'vault-form-post',
    when: 'POST is refused',
    ...vault,
    client: { responseMode: 'form_post' },
    break: when(({ site, method }) => site === 'vault' && method === 'POST', { status: 405 }),
  },
  { id: 'vault-cross-site', when: 'it is', ...vault, config: otherSite },
]
