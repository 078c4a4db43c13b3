import type { Explanation } from './explanation.ts'

export const WORKER_FINDINGS = {
  'worker-missing': {
    check: 'worker',
    level: 'error',
    title: 'The worker script does not answer 200',
    why: 'Without it nothing is authenticated: the session is `unprotected` with `worker-registration-failed`.',
    change:
      'Deploy the script, let the host answer a request with `Service-Worker: script` for it, or name it with --worker',
  },
  'worker-redirected': {
    check: 'worker',
    level: 'error',
    title: 'The worker script is a redirect',
    why: 'Browsers refuse redirected worker scripts (Service Workers, “fetch a worker script”).',
    change: 'Serve the script at its URL itself, or give `workerUrl` the URL after the redirect',
  },
  'worker-mime-type': {
    check: 'worker',
    level: 'error',
    title: 'The worker script has no JavaScript MIME type',
    why: 'Browsers refuse it; a host that answers with the app’s start page for every missing file looks like this too.',
    change: 'Content-Type: text/javascript',
  },
  'worker-scope': {
    check: 'worker',
    level: 'error',
    title: 'The worker’s scope does not reach what it must cover',
    why: 'A worker covers the folder of its script, unless `Service-Worker-Allowed` widens it. Requests of other pages, and a callback outside, do not go through it.',
    change:
      'Serve the script from the root, or send Service-Worker-Allowed: / with it and register it with `scope`',
  },
  'worker-cached': {
    check: 'worker',
    level: 'warning',
    title: 'The worker script may be taken from a cache',
    why: 'A cache on the way keeps users on an old version of the guardian, a security fix included.',
    change: 'Cache-Control: no-cache',
  },
  'foreign-worker-served': {
    check: 'worker',
    level: 'error',
    title: 'The app’s host serves other scripts as service workers (same-origin topology)',
    why: 'Injected script can register any script of the origin as a worker for the callback’s folder, and the guardian does not see the response any more.',
    change:
      'Answer 403 to requests with the header Service-Worker, except for the exact URL of the worker',
  },
  'callback-serves-page': {
    check: 'flow-paths',
    level: 'error',
    title: 'A page is served at the redirect URI, login or logout path (same-origin topology)',
    why: 'When no worker runs there, script of this origin can read the code from the page’s URL.',
    change:
      'Answer 303 with Location: /#_, Referrer-Policy: no-referrer and Cache-Control: no-store',
  },
  'callback-target': {
    check: 'flow-paths',
    level: 'error',
    title:
      'The redirect of a flow path has no explicit fragment, or leads elsewhere (same-origin topology)',
    why: 'A redirect without a fragment inherits that of the response, which may hold the code; elsewhere it would be shown to others.',
    change: 'Location: /#_',
  },
  'callback-referrer': {
    check: 'flow-paths',
    level: 'warning',
    title: 'A flow path answers without `Referrer-Policy: no-referrer` (same-origin topology)',
    why: 'The next page would get the URL with the code as its referrer.',
    change: 'Referrer-Policy: no-referrer',
  },
  'callback-cached': {
    check: 'flow-paths',
    level: 'warning',
    title: 'A flow path answers without `Cache-Control: no-store` (same-origin topology)',
    why: 'Caches would keep a URL with a code.',
    change: 'Cache-Control: no-store',
  },
} as const satisfies Readonly<Record<string, Explanation>>
