import { headers, policy, reply, otherSite, vault } from './breaks.ts'
import type { GuardianConfig } from '../../../src/contract/config.ts'
import type { Case } from './diagnose.ts'

/** What is broken, and what is found then: app. */
export const appCases: readonly Case[] = [
  {
    id: 'app-unreachable',
    when: 'the start page is a redirect',
    break: reply('app', '/', { status: 302, headers: { location: '/de/' } }),
    says: 'answers 302, to /de/',
  },
  {
    id: 'app-insecure',
    when: 'the app is on http and not on this machine',
    ...vault,
    and: ['app-unreachable', 'app-origin-unknown', 'vault-cross-site'],
    appUrl: () => 'http://app.example/',
    workerUrl: () => 'http://app.example/sw.js',
    ask: (ask) => async (url, question) =>
      url.startsWith('http://app.example') ? { failed: 'ENOTFOUND' } : ask(url, question),
  },
  {
    id: 'hsts-missing',
    when: 'nginx sends none',
    https: true,
    break: headers('app', '/', { 'strict-transport-security': null, server: 'nginx/1.22' }),
    says: 'add_header Strict-Transport-Security "max-age=63072000" always;',
  },
  {
    id: 'mixed-content',
    when: 'a script has an http URL',
    https: true,
    break: reply('app', '/', { body: '<script async src="http://cdn.example/a.js"></script>' }),
    says: 'loads http://cdn.example/a.js',
  },
  {
    id: 'app-origin-unknown',
    when: 'the vault is for another app',
    ...vault,
    config: (config) => ({ ...config, appOrigins: ['http://localhost:1'] }),
    says: 'which has http://localhost:1',
  },
  {
    id: 'csp-missing',
    when: 'the page has no policy',
    break: headers('app', '/', { 'content-security-policy': null }),
    says: "frame-src 'none'; object-src 'none'",
  },
  {
    id: 'csp-frame-src',
    when: 'any frame is allowed',
    break: policy('/', (text) => text.replace("frame-src 'none'", 'frame-src *')),
    says: /allows http:\/\/localhost/,
  },
  {
    id: 'csp-frame-src',
    when: 'an error page allows any frame',
    break: policy('/token-guardian-missing-page', (text) =>
      text.replace("frame-src 'none'", 'frame-src http:'),
    ),
  },
  {
    id: 'csp-object-src',
    when: 'objects of any port are allowed',
    break: policy('/', (text) => text.replace("object-src 'none'", 'object-src localhost:*')),
  },
  {
    id: 'csp-worker-src',
    when: 'every script of the origin may be a worker',
    break: policy('/', (text) => text.replace(/worker-src .*/, "worker-src 'self'")),
    says: /worker-src http:\/\/localhost:\d+\/sw\.js/,
  },
  {
    id: 'csp-connect-src',
    when: 'everything may be called',
    break: policy('/', (text) => text.replace(/connect-src [^;]*/, 'connect-src *')),
  },
  {
    id: 'csp-blocks-vault',
    when: 'no frame is allowed',
    ...vault,
    break: policy('/', (text) => text.replace(/frame-src [^;]*/, "frame-src 'none'")),
  },
  {
    id: 'csp-blocks-api',
    when: 'only the own origin may be called',
    break: policy('/', (text) => text.replace(/connect-src [^;]*/, "connect-src 'self'")),
    says: /does not allow http:\/\/localhost:\d+\/v1\//,
  },
  ...(['image', 'media', 'style', 'script'] as const).map((destination) => ({
    id: 'csp-blocks-api' as const,
    when: `what is for ${destination} may come from the own origin only`,
    config: (config: GuardianConfig): GuardianConfig => ({
      ...config,
      resources: config.resources.map((api) => ({ ...api, destinations: [destination] })),
    }),
    // It need not be called by fetch.
    break: policy('/', (text) => text.replace(/connect-src [^;]*/, "connect-src 'self'")),
    says: /(?:img|media|style|script)-src(?:-elem)? does not allow http:\/\/localhost:\d+\/v1\//,
  })),
  {
    id: 'csp-blocks-worker',
    when: 'no worker is allowed',
    break: policy('/', (text) => text.replace(/worker-src .*/, "worker-src 'none'")),
  },
  ...['/token-guardian-missing-page', '/token-guardian-missing-script.js', '(unparsed)'].map(
    (path) => ({
      id: 'error-page-policy' as const,
      when: `${path} has none`,
      break: headers('app', path, { 'content-security-policy': null }),
      says: 'pages that do not exist have no Content-Security-Policy',
    }),
  ),
  {
    id: 'referrer-leaks',
    when: 'whole URLs are sent',
    break: headers('app', '/', { 'referrer-policy': 'unsafe-url' }),
  },
  {
    id: 'popup-cut-off',
    when: 'the opener policy is same-origin',
    break: headers('app', '/', { 'cross-origin-opener-policy': 'same-origin' }),
  },
  {
    id: 'popup-needed',
    when: 'the opener policy is same-origin and the vault on another site',
    ...vault,
    and: ['vault-cross-site'],
    config: otherSite,
    break: headers('app', '/', { 'cross-origin-opener-policy': 'same-origin' }),
  },
]
