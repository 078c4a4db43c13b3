import { authorization, deaf, headers, metadata, reply, STRANGER, vault } from './breaks.ts'
import type { Case } from './diagnose.ts'

/** What is broken, and what is found then: server-cors, client, redirect-uri, clock. */
export const serversCases: readonly Case[] = [
  ...['/.well-known/openid-configuration', '/token', '/jwks'].map((path) => ({
    id: 'server-cors' as const,
    when: `${path} allows nobody`,
    break: headers('server', path, {
      'access-control-allow-origin': null,
      'access-control-expose-headers': null,
    }),
    says: 'without Access-Control-Allow-Origin: http://localhost',
  })),
  {
    id: 'server-cors',
    when: 'the token endpoint allows another origin',
    break: headers('server', '/token', { 'access-control-allow-origin': STRANGER }),
    says: `allows ${STRANGER}, not http://localhost`,
  },
  {
    id: 'server-cors',
    when: 'UserInfo does not allow Authorization, for which a star does not stand',
    client: { userInfo: true },
    break: headers('server', '/userinfo', { 'access-control-allow-headers': '*' }),
    says: 'does not allow the headers authorization',
  },
  {
    id: 'server-cors',
    when: 'pushed requests allow nobody',
    client: { par: 'required' },
    break: headers('server', '/par', { 'access-control-allow-origin': null }),
    says: 'pushed requests',
  },
  {
    id: 'server-cors',
    when: 'the token endpoint does not allow proofs',
    client: { dpop: 'auto' },
    break: headers('server', '/token', { 'access-control-allow-headers': 'content-type' }),
    says: 'does not allow the header DPoP',
  },
  ...(
    [
      ['/token', 'The token endpoint of http', {}],
      ['/jwks', 'The keys: ECONNRESET', {}],
      ['/par', 'The endpoint for pushed requests: ECONNRESET', { par: 'required' }],
    ] as const
  ).map(([path, says, client]) => ({
    id: 'server-cors' as const,
    when: `${path} does not answer`,
    client,
    ask: deaf(path),
    says,
  })),
  {
    id: 'revocation-cors',
    when: 'it does not answer',
    ask: deaf('/revoke'),
    says: 'ECONNRESET',
  },
  {
    id: 'revocation-cors',
    when: 'it allows nobody',
    break: headers('server', '/revoke', { 'access-control-allow-origin': null }),
  },
  {
    id: 'server-nonce-hidden',
    when: 'it is not exposed',
    client: { dpop: 'auto' },
    break: headers('server', '/token', { 'access-control-expose-headers': 'Retry-After' }),
  },
  {
    id: 'server-retry-hidden',
    when: 'it is not exposed',
    break: headers('server', '/token', { 'access-control-expose-headers': null }),
  },
  {
    id: 'client-not-public',
    when: 'a secret is wanted',
    break: reply('server', '/token', { status: 401, body: '{"error":"invalid_client"}' }),
    says: "answers 401 invalid_client to client 'app'",
  },
  {
    id: 'redirect-uri-refused',
    when: 'it is not registered',
    break: authorization(() => false),
    says: /Register http:\/\/localhost:\d+\/auth\/callback$/,
  },
  {
    id: 'redirect-uri-refused',
    when: 'the request must be pushed, and is refused there',
    break: (asked, right, origins) =>
      metadata(() => ({ require_pushed_authorization_requests: true }))(asked, right, origins) ??
      reply('server', '/par', { status: 403, body: '{"error":"invalid_redirect_uri"}' })(
        asked,
        right,
        origins,
      ),
    says: 'answers 403',
  },
  {
    id: 'redirect-uri-open',
    when: 'any is accepted',
    break: authorization(() => true),
    says: 'accepts https://token-guardian-doctor.invalid/callback and http://localhost',
  },
  {
    id: 'redirect-uri-open',
    when: 'the beginning is enough',
    break: authorization((uri, { app }) => uri.startsWith(`${app}/auth/callback`)),
    says: '/auth/callback/token-guardian-doctor',
  },
  {
    id: 'redirect-uri-on-app',
    when: 'the app’s own is registered too',
    ...vault,
    break: authorization((uri, origins) =>
      [origins['app'], origins['vault']].some((origin) => uri === `${origin}/auth/callback`),
    ),
    says: /Remove http:\/\/localhost:\d+\/auth\/callback$/,
  },
  {
    id: 'clock-differs',
    when: 'this machine is two minutes ahead',
    now: () => Date.now() + 120_000,
    says: /differs by 1[12]\d s; 30 s are tolerated/,
  },
]
