/** Which groups of the deployment headers are on. Tests switch one off to show that an attack then works. */
export interface Protections {
  /** The network answer of the redirect URI, of login and of logout is `303` to `/#_`. */
  readonly callback: boolean
  /** Content-Security-Policy on every response. */
  readonly csp: boolean
  /** Scripts other than the guardian's are refused as service workers. */
  readonly workerGuard: boolean
}

export const defaultWorkerPath = '/sw.js'

/** Everything below is a stop of the sign-in or sign-out flow, which a worker answers. */
export const flowPathPrefix = '/auth/'

/**
 * The network answer of the flow paths: no worker was there to take the response.
 *
 * The fragment is not empty because WebKit would otherwise keep the old one, which may hold a code.
 */
export const flowAnswer = {
  status: 303,
  headers: {
    location: '/#_',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  },
} as const

/** Where the app's pages and its worker may connect to. */
export interface Reach {
  readonly appOrigin: string
  readonly issuer: string
  readonly apiOrigins: readonly string[]
  /** Of the one script that may become the app's worker. */
  readonly workerPath: string
  /** The vault whose frame the pages hold, in that topology. */
  readonly vaultOrigin?: string | undefined
}

/** The policy of documents, of assets and of error pages: the authorization server is nowhere in it. */
export function documentPolicy({
  appOrigin,
  apiOrigins,
  workerPath,
  vaultOrigin = "'none'",
}: Reach): string {
  const apis = apiOrigins.join(' ')
  return [
    "default-src 'self'",
    `connect-src 'self' ${apis}`,
    `img-src 'self' data: blob: ${apis}`,
    `media-src 'self' blob: ${apis}`,
    `frame-src ${vaultOrigin}`,
    "object-src 'none'",
    `worker-src ${appOrigin}${workerPath}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** The policy that governs the worker itself: it alone may speak to the authorization server. */
export function workerPolicy({ issuer, apiOrigins, vaultOrigin }: Reach): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    // With a vault this worker speaks to no API and to no authorization server.
    ['connect-src', "'self'", ...(vaultOrigin === undefined ? [issuer] : []), ...apiOrigins].join(
      ' ',
    ),
  ].join('; ')
}

/** Headers of every response of the app's origin, error pages included. */
export function baseHeaders(
  policy: string | undefined,
  { vaultOrigin }: Pick<Reach, 'vaultOrigin'> = {},
): Record<string, string> {
  return {
    ...(policy === undefined ? {} : { 'content-security-policy': policy }),
    'x-content-type-options': 'nosniff',
    // A sign-in in a popup needs its opener to reach the vault's frame.
    'cross-origin-opener-policy':
      vaultOrigin === undefined ? 'same-origin' : 'same-origin-allow-popups',
    'referrer-policy': 'same-origin',
  }
}
