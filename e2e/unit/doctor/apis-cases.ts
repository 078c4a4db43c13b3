import { headers, when } from './breaks.ts'
import type { Case } from './diagnose.ts'

/** What is broken, and what is found then: api-cors. */
export const apisCases: readonly Case[] = [
  {
    id: 'api-unreachable',
    when: 'nobody is there',
    and: ['csp-blocks-api'],
    config: (config) => ({ ...config, resources: [{ url: 'http://localhost:1/v1/' }] }),
    says: 'ECONNREFUSED',
  },
  {
    id: 'api-cors',
    when: 'the preflight needs a token',
    break: when(({ site, method }) => site === 'api' && method === 'OPTIONS', { status: 401 }),
    says: 'answers 401 to the preflight',
  },
  {
    id: 'api-cors',
    when: 'a star is to stand for Authorization',
    break: headers('api', '/v1/', { 'access-control-allow-headers': '*', server: 'Apache/2.4' }),
    says: 'Header always set Access-Control-Allow-Headers "authorization"',
  },
  {
    id: 'api-cors',
    when: 'DPoP is used and not allowed',
    client: { dpop: 'auto' },
    break: headers('api', '/v1/', { 'access-control-allow-headers': 'authorization' }),
    says: 'does not allow the headers dpop',
  },
  {
    id: 'api-cors',
    when: 'the answers themselves allow nobody',
    break: (asked, right, origins) =>
      asked.method === 'OPTIONS'
        ? undefined
        : headers('api', '/v1/', { 'access-control-allow-origin': null })(asked, right, origins),
    says: 'it answers 401 without Access-Control-Allow-Origin',
  },
  {
    id: 'api-methods',
    when: 'some are missing',
    break: headers('api', '/v1/', { 'access-control-allow-methods': 'GET, PUT' }),
    says: 'does not allow PATCH, DELETE',
  },
  {
    id: 'api-content-type',
    when: 'it is missing',
    break: headers('api', '/v1/', { 'access-control-allow-headers': 'authorization' }),
  },
  {
    id: 'api-challenge-hidden',
    when: 'it is not exposed',
    break: headers('api', '/v1/', { 'access-control-expose-headers': 'Retry-After' }),
  },
  {
    id: 'api-nonce-hidden',
    when: 'it is not exposed',
    client: { dpop: 'auto' },
    break: headers('api', '/v1/', {
      'access-control-expose-headers': 'WWW-Authenticate, Retry-After',
    }),
  },
  {
    id: 'api-retry-hidden',
    when: 'it is not exposed',
    break: headers('api', '/v1/', { 'access-control-expose-headers': 'WWW-Authenticate' }),
  },
]
