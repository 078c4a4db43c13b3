import type { Explanation } from './explanation.ts'

export const APIS_FINDINGS = {
  'api-unreachable': {
    check: 'api-cors',
    level: 'error',
    title: 'An API does not answer',
    why: 'Its requests fail.',
    change: 'Check the `url` of the API',
  },
  'api-cors': {
    check: 'api-cors',
    level: 'error',
    title: 'An API does not allow the guardian’s requests by CORS',
    why: 'The browser asks before each request with `Authorization`, and a star does not stand for that header: the request fails like a network error.',
    change:
      'Allow the guardian’s origin and the headers Authorization, and DPoP if it is used, without asking for a token in the preflight',
  },
  'api-methods': {
    check: 'api-cors',
    level: 'warning',
    title: 'An API does not allow all configured methods by CORS',
    why: 'Requests with these methods fail like a network error.',
    change: 'Allow them in Access-Control-Allow-Methods, or leave them out of `methods`',
  },
  'api-content-type': {
    check: 'api-cors',
    level: 'warning',
    title: 'An API does not allow `Content-Type` by CORS',
    why: 'Requests with a JSON body fail like a network error.',
    change: 'Access-Control-Allow-Headers with Content-Type',
  },
  'api-challenge-hidden': {
    check: 'api-cors',
    level: 'warning',
    title: 'An API does not expose `WWW-Authenticate`',
    why: 'The guardian cannot tell an expired token from one that lacks a scope or a stronger sign-in (`challenge-unreadable`).',
    change: 'Access-Control-Expose-Headers: WWW-Authenticate',
  },
  'api-nonce-hidden': {
    check: 'api-cors',
    level: 'warning',
    title: 'An API does not expose `DPoP-Nonce`',
    why: 'If it wants nonces, its requests fail with `dpop-nonce-unreadable`.',
    change: 'Access-Control-Expose-Headers: DPoP-Nonce',
  },
  'api-retry-hidden': {
    check: 'api-cors',
    level: 'note',
    title: 'An API does not expose `Retry-After`',
    why: 'The app and its queue for offline requests cannot see how long to wait.',
    change: 'Access-Control-Expose-Headers: Retry-After',
  },
} as const satisfies Readonly<Record<string, Explanation>>
