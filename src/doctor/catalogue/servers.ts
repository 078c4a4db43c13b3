import type { Explanation } from './explanation.ts'

export const SERVERS_FINDINGS = {
  'server-cors': {
    check: 'server-cors',
    level: 'error',
    title: 'An endpoint of the server does not allow the guardian’s origin by CORS',
    why: 'The browser withholds its answers from the guardian: sign-in or refresh fails.',
    change: 'Allow the guardian’s origin for this client at the server',
  },
  'revocation-cors': {
    check: 'server-cors',
    level: 'warning',
    title: 'The revocation endpoint does not allow the guardian’s origin by CORS',
    why: 'A sign-out ends with `revocation-failed`; the tokens stay good until they expire.',
    change: 'Allow the guardian’s origin for this client at the server',
  },
  'server-nonce-hidden': {
    check: 'server-cors',
    level: 'warning',
    title: 'The token endpoint does not expose `DPoP-Nonce`',
    why: 'If the server wants nonces, sign-ins fail with `dpop-nonce-unreadable` (RFC 9449 section 8.2).',
    change: 'Access-Control-Expose-Headers: DPoP-Nonce',
  },
  'server-retry-hidden': {
    check: 'server-cors',
    level: 'note',
    title: 'The token endpoint does not expose `Retry-After`',
    why: 'A server that is overloaded cannot tell the guardian how long to wait; it waits by its own rule.',
    change: 'Access-Control-Expose-Headers: Retry-After',
  },
  'client-not-public': {
    check: 'client',
    level: 'error',
    title: 'The server does not know the client as a public one',
    why: 'A browser has no place for a secret: sign-ins fail with `exchange-refused`.',
    change: 'Register a public client (single-page app, no secret) with PKCE under this client id',
  },
  'redirect-uri-refused': {
    check: 'redirect-uri',
    level: 'error',
    title: 'The server refuses the guardian’s redirect URI',
    why: 'Users see an error page of the server instead of its login.',
    change: 'Register exactly this redirect URI for the client',
  },
  'redirect-uri-open': {
    check: 'redirect-uri',
    level: 'error',
    title: 'The server accepts redirect URIs that are not registered',
    why: 'Anybody can have codes of your users sent elsewhere (RFC 9700 section 2.1).',
    change: 'Let the server compare redirect URIs exactly; remove patterns and wildcards',
  },
  'redirect-uri-on-app': {
    check: 'redirect-uri',
    level: 'error',
    title: 'The server accepts a redirect URI on the app’s origin, beside the vault’s',
    why: 'Injected script can get a code of its own there: what the vault is for (RFC 10017 section 5.1.3).',
    change: 'Remove every redirect URI on the app’s origin from the client',
  },
  'clock-differs': {
    check: 'clock',
    level: 'warning',
    title: 'A server’s clock differs from this machine’s by more than `clockToleranceSeconds`',
    why: 'ID Tokens are refused with `id-token-time`, proofs and tokens as expired.',
    change: 'Synchronise the clocks (NTP) of the server and of this machine',
  },
} as const satisfies Readonly<Record<string, Explanation>>
