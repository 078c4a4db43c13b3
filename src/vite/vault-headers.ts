import type { ParsedConfig, ParsedVault } from '../contract/config.ts'

/** What the headers of a vault depend on. Origins and paths are those of a checked configuration. */
export interface VaultSite {
  /** Pages of these origins may embed the bridge. */
  readonly appOrigins: readonly string[]
  /** The APIs and the authorization servers: whatever bridge and worker may connect to. */
  readonly connectOrigins: readonly string[]
  readonly loginPath: string
  readonly logoutPath: string
  readonly callbackPaths: readonly string[]
}

/** What a configuration says of its vault. */
export function siteOfVault(
  { clients, resources, loginPath, logoutPath }: ParsedConfig,
  { appOrigins, serverOrigins }: ParsedVault,
): VaultSite {
  const apis = resources.map(({ origin }) => origin)
  return {
    appOrigins,
    connectOrigins: [...new Set([...apis, ...serverOrigins])],
    loginPath,
    logoutPath,
    callbackPaths: [...new Set(clients.map(({ redirectPath }) => redirectPath))],
  }
}

/** Response headers by name, in the order in which they are written. */
export type VaultHeaders = Readonly<Record<string, string>>

/** Paths of a vault whose headers are not those of {@link VaultPlan.rest}. */
export interface VaultRule {
  readonly kind: 'bridge' | 'worker' | 'login' | 'callback' | 'logout' | 'popup'
  /** Every path under which a host may serve the file; with and without `.html`. */
  readonly paths: readonly string[]
  readonly headers: VaultHeaders
  /** Why they differ, for the comments of generated files. */
  readonly why: string
}

export interface VaultPlan {
  /** No path is in two rules. */
  readonly rules: readonly VaultRule[]
  /** Headers of every other path: scripts, the error page, what does not exist. */
  readonly rest: VaultHeaders
}

/** The one script of a vault that may become a service worker. */
export const VAULT_WORKER = '/guardian-sw.js'

const OTHER_FILES = ['/bridge.js', '/recover.js', '/popup.js', '/404.html', '/404']

/**
 * Browsers grant some of these to top-level pages unasked; the vault has no use for any. Only names that Chromium knows
 * on every platform: it warns of others in the console of the app.
 */
const DENIED_FEATURES =
  'accelerometer autoplay camera clipboard-read clipboard-write display-capture encrypted-media fullscreen gamepad geolocation gyroscope hid identity-credentials-get idle-detection keyboard-map local-fonts magnetometer microphone midi otp-credentials payment picture-in-picture publickey-credentials-create publickey-credentials-get screen-wake-lock serial usb window-management xr-spatial-tracking'.split(
    ' ',
  )

/**
 * The complete headers of a vault's response at a URL path, error pages included.
 * @throws TypeError as {@link planVault} does
 */
export function vaultHeaders(site: VaultSite, path: string): VaultHeaders {
  const { rules, rest } = planVault(site)
  return rules.find(({ paths }) => paths.includes(path))?.headers ?? rest
}

/**
 * All headers of a vault, by path.
 * @throws TypeError when an origin or path is not a plain one, or two files would share a path
 */
export function planVault(site: VaultSite): VaultPlan {
  checkPlain(site)
  const headersOf = headerWriter(site)
  const popup = { opener: 'unsafe-none', cache: 'no-cache' } as const
  const flow = { opener: 'unsafe-none', cache: 'no-store' } as const
  const rules: VaultRule[] = [
    {
      kind: 'bridge',
      paths: pagePaths('/bridge.html'),
      headers: headersOf({ connect: site.connectOrigins, embedders: site.appOrigins }),
      why: 'The bridge: the only page that is framed, by the app alone, also by an app that demands COEP of its frames.',
    },
    {
      kind: 'worker',
      paths: [VAULT_WORKER],
      headers: headersOf({ connect: ["'self'", ...site.connectOrigins] }),
      why: 'The guardian: its policy is that of its script. It holds no secret, and browsers revalidate it anyway.',
    },
    {
      kind: 'login',
      paths: pagePaths(site.loginPath),
      headers: headersOf(flow),
      why: 'Start of a sign-in: a popup must keep its opener.',
    },
    {
      kind: 'callback',
      paths: site.callbackPaths.flatMap(pagePaths),
      headers: headersOf({ ...flow, forms: ["'self'", ...site.appOrigins] }),
      why: 'Redirect URIs: the URL may hold a code, so nothing stores it; a popup must keep its opener; the recovery page sends a posted response again.',
    },
    {
      kind: 'logout',
      paths: pagePaths(site.logoutPath),
      headers: headersOf({ cache: 'no-store' }),
      why: 'Start and end of a sign-out: the URL may hold a state, so nothing stores it.',
    },
    {
      kind: 'popup',
      paths: pagePaths('/popup.html'),
      headers: headersOf(popup),
      why: 'End of a sign-in in a popup, which must keep its opener.',
    },
  ]
  checkApart([...rules.flatMap(({ paths }) => paths), ...OTHER_FILES])
  return { rules: rules.filter(({ paths }) => paths.length > 0), rest: headersOf({}) }
}

/** Path of the file from which static hosts serve a page at `path`: `/auth/login` is in `/auth/login.html`. */
export function pageFile(path: string): string {
  if (path.endsWith('/')) return `${path}index.html`
  return path.endsWith('.html') ? path : `${path}.html`
}

function pagePaths(path: string): string[] {
  return path.endsWith('.html') ? [path, path.slice(0, -'.html'.length)] : [path, pageFile(path)]
}

interface Needs {
  /** Sources of `connect-src`; without them nothing can be connected to. */
  readonly connect?: readonly string[]
  readonly embedders?: readonly string[]
  readonly opener?: 'unsafe-none'
  readonly cache?: 'no-cache' | 'no-store'
  /**
   * Where forms may be sent. A reload of a page that was posted is such a form, and Chromium looks at where the guardian
   * redirects it too.
   */
  readonly forms?: readonly string[]
}

function headerWriter({ appOrigins }: VaultSite): (needs: Needs) => VaultHeaders {
  // On http browsers ignore it, so one app origin on https is enough to say it.
  const secure = appOrigins.some((origin) => origin.startsWith('https:'))
  return ({
    connect = [],
    embedders = [],
    opener = 'same-origin',
    cache = 'no-cache',
    forms = [],
  }) => ({
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "worker-src 'self'",
      ...(connect.length === 0 ? [] : [`connect-src ${sources(connect)}`]),
      `frame-ancestors ${sources(embedders)}`,
      "base-uri 'none'",
      `form-action ${sources(forms)}`,
      "require-trusted-types-for 'script'",
      'trusted-types token-guardian',
    ].join('; '),
    // A process of its own, also where the app is of the same site.
    'Origin-Agent-Cluster': '?1',
    // Never left out: where a general rule says same-origin, not every host can take a header back.
    'Cross-Origin-Opener-Policy': opener,
    // A page that demands COEP of its frames demands both of these of the bridge.
    ...(embedders.length === 0 ? {} : { 'Cross-Origin-Embedder-Policy': 'require-corp' }),
    'Cross-Origin-Resource-Policy': embedders.length === 0 ? 'same-origin' : 'cross-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Permissions-Policy': DENIED_FEATURES.map((feature) => `${feature}=()`).join(', '),
    ...(secure ? { 'Strict-Transport-Security': 'max-age=63072000' } : {}),
    'Cache-Control': cache,
  })
}

function sources(list: readonly string[]): string {
  return list.length === 0 ? "'none'" : [...new Set(list)].join(' ')
}

/** What is generated here ends up in configuration files, where a quote or a line break would be an instruction. */
function checkPlain(site: VaultSite): void {
  for (const origin of [...site.appOrigins, ...site.connectOrigins]) {
    if (!/^https?:\/\/[a-z0-9.:[\]-]+$/.test(origin)) {
      throw new TypeError(`'${origin}' must be an origin such as 'https://app.example.com'`)
    }
  }
  for (const path of [site.loginPath, site.logoutPath, ...site.callbackPaths]) {
    if (!/^\/[A-Za-z0-9._~/-]*$/.test(path)) {
      throw new TypeError(`'${path}' must be a plain absolute path such as '/auth/callback'`)
    }
  }
}

function checkApart(paths: readonly string[]): void {
  const twice = paths.find((path, index) => paths.indexOf(path) !== index)
  if (twice !== undefined) {
    throw new TypeError(
      `Two files of the vault would be served at '${twice}': choose login, logout and callback paths apart from each other and from the vault's own files`,
    )
  }
}
