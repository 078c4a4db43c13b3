import { headers, reply, when, HTML, SCRIPT } from './breaks.ts'
import type { Case } from './diagnose.ts'

/** What is broken, and what is found then: worker, flow-paths. */
export const workerCases: readonly Case[] = [
  {
    id: 'worker-missing',
    when: 'the script is missing',
    break: reply('app', '/sw.js', { status: 404 }),
    says: 'answers 404',
  },
  {
    id: 'worker-redirected',
    when: 'the script is somewhere else',
    break: reply('app', '/sw.js', { status: 301, headers: { location: '/static/sw.js' } }),
    says: 'redirects to /static/sw.js',
  },
  {
    id: 'worker-mime-type',
    when: 'the start page is served instead',
    break: headers('app', '/sw.js', { ...HTML, server: 'nginx' }),
    says: 'type is text/html',
  },
  {
    id: 'worker-scope',
    when: 'the configured scope leaves the page out',
    config: (config) => ({ ...config, scope: '/app/' }),
    says: 'does not contain /, /auth/login, /auth/logout, /auth/callback',
  },
  {
    id: 'worker-scope',
    when: 'the script is in a folder and the host allows no more',
    and: ['csp-blocks-worker'],
    workerUrl: (appUrl) => `${appUrl}workers/sw.js`,
    config: (config) => ({ ...config, scope: '/' }),
    break: when(({ path, query }) => path === '/workers/sw.js' && query.size === 0, {
      status: 200,
      headers: { ...SCRIPT, server: 'Caddy' },
    }),
    says: 'header /workers/sw.js Service-Worker-Allowed "/"',
  },
  {
    id: 'worker-cached',
    when: 'a cache may keep it for a day',
    break: headers('app', '/sw.js', { 'cache-control': 'public, max-age=86400' }),
    says: 'max-age=86400',
  },
  {
    id: 'foreign-worker-served',
    when: 'the same script is served under another URL',
    break: when(({ path, query }) => path === '/sw.js' && query.size > 0, {
      status: 200,
      headers: SCRIPT,
    }),
    says: 'must get 403 except for the exact script URL',
  },
  {
    id: 'foreign-worker-served',
    when: 'a script of the app is served as a worker',
    break: reply('app', '/assets/app.js', { status: 200, headers: SCRIPT }),
  },
  ...(['/auth/callback', '/auth/login', '/auth/logout'] as const).map((path) => ({
    id: 'callback-serves-page' as const,
    when: `${path} is a page`,
    break: reply('app', path, { status: 200, headers: { ...HTML, server: 'nginx' } }),
    says: `location = ${path} { add_header Referrer-Policy no-referrer always;`,
  })),
  {
    id: 'callback-serves-page',
    when: 'a page answers a response by form_post',
    client: { responseMode: 'form_post' },
    break: when(({ method, site }) => site === 'app' && method === 'POST', { status: 405 }),
    says: 'instead of 405',
  },
  ...['/', '/#', 'https://elsewhere.example/#_', '/?state=token-guardian-doctor#_'].map(
    (location) => ({
      id: 'callback-target' as const,
      when: `it is ${location}`,
      break: headers('app', '/auth/callback', { location }),
      says: `redirects to ${location}`,
    }),
  ),
  {
    id: 'callback-referrer',
    when: 'it is left out',
    break: headers('app', '/auth/callback', { 'referrer-policy': null }),
  },
  {
    id: 'callback-cached',
    when: 'it says no-cache',
    break: headers('app', '/auth/callback', { 'cache-control': 'no-cache' }),
  },
]
