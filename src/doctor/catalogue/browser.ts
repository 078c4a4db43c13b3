import type { Explanation } from './explanation.ts'

export const BROWSER_FINDINGS = {
  'page-not-covered': {
    check: 'browser',
    level: 'error',
    title: 'No worker of the guardian gets the page’s requests',
    why: 'Nothing is authenticated: the session is `unprotected`.',
    change: 'Look at the browser’s console: the script, its scope and `worker-src`',
  },
  'foreign-worker-registered': {
    check: 'browser',
    level: 'error',
    title: 'Another worker is registered on the app’s origin',
    why: 'Requests of pages in its scope go to it and not to the guardian; for the callback’s folder that is an attack.',
    change: 'Merge it into the guardian’s worker, or unregister it',
  },
  'bridge-missing': {
    check: 'browser',
    level: 'error',
    title: 'The vault’s frame does not answer in the page',
    why: 'The session would be `unprotected` with `bridge-blocked` or `vault-unreachable`.',
    change:
      'Check frame-src of the app, frame-ancestors of the vault (`appOrigins`), and that the vault is there',
  },
  'guardian-error': {
    check: 'browser',
    level: 'warning',
    title: 'The guardian reports an error before anybody signs in',
    why: 'Its code says what; see the table of errors in the README.',
    change: 'Look the code up in the README',
  },
} as const satisfies Readonly<Record<string, Explanation>>
