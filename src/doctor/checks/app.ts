import type { Destination } from '../../contract/destinations.ts'
import { errorPageFlaws } from '../../contract/deployment-flaws.ts'
import { isLoopback } from '../../contract/field-reader.ts'
import { allows, parsePolicy, type FetchDirective } from '../content-policy.ts'
import { isAnswer, isRedirect, type Answer, type Deployment } from '../deployment.ts'
import { found, foundFlaw, shown, type Result } from '../finding.ts'
import { headerLine, recogniseHost, type Host } from '../host-lines.ts'
import { looksCrossSite } from '../sites.ts'

/** Tags whose URL a page loads or sends to. A link may name what is only mentioned. */
const HTTP_LOADS =
  /<(?:script|img|iframe|source|video|audio|embed|form|link(?=[^>]*\brel=["']?(?:stylesheet|preload|modulepreload|manifest|icon)))\b[^>]*?\s(?:src|href|action)\s*=\s*["']?(http:\/\/[^"'\s>]+)/gi

/** What the browser asks of the page's policy before a request comes to the worker. A download is a navigation. */
const DIRECTIVES: Readonly<Record<Destination, FetchDirective | undefined>> = {
  fetch: 'connect-src',
  eventsource: 'connect-src',
  beacon: 'connect-src',
  image: 'img-src',
  media: 'media-src',
  style: 'style-src-elem',
  script: 'script-src-elem',
  download: undefined,
}

const LEAKS_URLS = /(?:^|,)\s*(?:unsafe-url|no-referrer-when-downgrade)\s*$/i

/** Longer than most servers read: what they answer then comes from elsewhere in their configuration. */
const TOO_LONG = 20_000

/** The page that users open, and what the host answers where nothing is. */
export async function* checkApp(deployment: Deployment): AsyncGenerator<Result> {
  const { appUrl, config, ask } = deployment
  const { origin, protocol, hostname } = new URL(appUrl)
  if (config.vault && !config.vault.appOrigins.includes(origin)) {
    const what = `${origin} is not in appOrigins, which has ${config.vault.appOrigins.join(', ')}`
    yield found('app-origin-unknown', { subject: origin, what })
  }
  if (protocol !== 'https:' && !isLoopback(hostname)) {
    yield found('app-insecure', { subject: appUrl })
  }
  const page = await ask(appUrl, { headers: { accept: 'text/html' } })
  if (!isAnswer(page)) {
    return yield found('app-unreachable', { subject: appUrl, what: `No answer: ${page.failed}` })
  }
  if (page.status !== 200 || !page.headers.get('content-type')?.includes('html')) {
    return yield found('app-unreachable', { subject: appUrl, what: notThePage(page) })
  }
  const host = recogniseHost(page.headers)
  yield* pageFindings(deployment, page, host)
  yield* policyFindings(deployment, page, appUrl, host)
  if (config.vault === undefined) yield* errorPageFindings(deployment, host)
}

function notThePage(page: Answer): string {
  const { status, headers } = page
  const where = isRedirect(page) ? `, to ${shown(headers.get('location') ?? 'nowhere')}` : ''
  return `It answers ${status}${where} as ${shown(headers.get('content-type') ?? 'no type')}`
}

function* pageFindings(
  { appUrl, config }: Deployment,
  { headers, text }: Answer,
  host: Host | undefined,
): Generator<Result> {
  const { protocol, origin } = new URL(appUrl)
  if (protocol === 'https:') {
    const loads = [...text.matchAll(HTTP_LOADS)].map(([, url = '']) => shown(url))
    if (loads.length > 0) {
      yield found('mixed-content', { subject: appUrl, what: `The page loads ${loads.join(', ')}` })
    }
    if (headers.get('strict-transport-security') === null) {
      const change = headerLine(host, '*', 'Strict-Transport-Security', 'max-age=63072000')
      yield found('hsts-missing', { subject: origin, change })
    }
  }
  const referrer = headers.get('referrer-policy') ?? ''
  if (LEAKS_URLS.test(referrer)) {
    const change = headerLine(host, '*', 'Referrer-Policy', 'strict-origin-when-cross-origin')
    yield found('referrer-leaks', {
      subject: appUrl,
      what: `Referrer-Policy: ${shown(referrer)}`,
      change,
    })
  }
  if (headers.get('cross-origin-opener-policy')?.split(';')[0]?.trim() === 'same-origin') {
    const isNeeded = config.vault !== undefined && looksCrossSite(config.vault.origin, origin)
    const change = headerLine(host, '*', 'Cross-Origin-Opener-Policy', 'same-origin-allow-popups')
    yield found(isNeeded ? 'popup-needed' : 'popup-cut-off', { subject: appUrl, change })
  }
}

function* policyFindings(
  deployment: Deployment,
  { headers }: Answer,
  subject: string,
  host: Host | undefined,
): Generator<Result> {
  const { appUrl, workerUrl, config } = deployment
  const policy = parsePolicy(headers.get('content-security-policy'))
  const change = (sources: string): string =>
    headerLine(host, '*', 'Content-Security-Policy', `…; ${sources}; …`)
  if (config.vault) {
    if (!allows(policy, 'frame-src', `${config.vault.origin}/bridge.html`, appUrl)) {
      const what = `frame-src does not allow ${config.vault.origin}`
      yield found('csp-blocks-vault', {
        subject,
        what,
        change: change(`frame-src ${config.vault.origin}`),
      })
    }
  } else if (policy.length === 0) {
    yield found('csp-missing', { subject, change: change(recommended(deployment)) })
  } else yield* openings(deployment, headers.get('content-security-policy'), subject, change)
  if (subject !== appUrl) return
  for (const { origin, pathPrefix, destinations } of config.resources) {
    for (const directive of new Set(destinations.map((destination) => DIRECTIVES[destination]))) {
      const url = origin + pathPrefix
      if (directive === undefined || allows(policy, directive, url, appUrl)) continue
      const what = `${directive} does not allow ${url}`
      yield found('csp-blocks-api', { subject, what, change: change(`${directive} ${origin}`) })
    }
  }
  if (!allows(policy, 'worker-src', workerUrl, appUrl)) {
    const what = `worker-src does not allow ${workerUrl}`
    yield found('csp-blocks-worker', { subject, what, change: change(`worker-src ${workerUrl}`) })
  }
}

/** What the same-origin topology needs a policy for: a sign-in of an attacker's own (RFC 10017 section 5.1.3). */
function* openings(
  { appUrl, workerUrl, config, endpoints = [] }: Deployment,
  header: string | null,
  subject: string,
  change: (sources: string) => string,
): Generator<Result> {
  const policy = parsePolicy(header)
  const servers = [...config.clients.map(({ issuer }) => issuer), ...endpoints]
  const reached = (directive: 'frame-src' | 'object-src' | 'connect-src'): string | undefined =>
    servers.find((url) => allows(policy, directive, url, appUrl))
  const framed = reached('frame-src')
  if (framed !== undefined) {
    const what = `Its frame-src allows ${framed}`
    yield found('csp-frame-src', { subject, what, change: change("frame-src 'none'") })
  }
  const embedded = reached('object-src')
  if (embedded !== undefined) {
    const what = `Its object-src allows ${embedded}`
    yield found('csp-object-src', { subject, what, change: change("object-src 'none'") })
  }
  const called = reached('connect-src')
  if (called !== undefined) {
    const what = `Its connect-src allows ${called}`
    const apis = [...new Set(config.resources.map(({ origin }) => origin))].join(' ')
    yield found('csp-connect-src', { subject, what, change: change(`connect-src 'self' ${apis}`) })
  }
  const other = new URL('/token-guardian-other-script.js', workerUrl).href
  if (allows(policy, 'worker-src', other, appUrl)) {
    const what = 'Its worker-src allows any script of the origin'
    yield found('csp-worker-src', { subject, what, change: change(`worker-src ${workerUrl}`) })
  }
}

function recommended({ config, workerUrl }: Deployment): string {
  const apis = [...new Set(config.resources.map(({ origin }) => origin))].join(' ')
  return `default-src 'self'; connect-src 'self' ${apis}; frame-src 'none'; object-src 'none'; worker-src ${workerUrl}`
}

async function* errorPageFindings(
  deployment: Deployment,
  host: Host | undefined,
): AsyncGenerator<Result> {
  const { appUrl, ask, config } = deployment
  const { origin } = new URL(appUrl)
  const change = headerLine(host, '*', 'Content-Security-Policy', recommended(deployment))
  const pages = [
    new URL('token-guardian-missing-page', appUrl).href,
    `${origin}/token-guardian-missing-script.js`,
    `${origin}${config.clients[0]?.redirectPath ?? '/'}?state=${'x'.repeat(TOO_LONG)}`,
  ]
  for (const url of pages) {
    const answer = await ask(url, { headers: { accept: 'text/html' } })
    // Redirects show no page.
    if (!isAnswer(answer) || isRedirect(answer) || answer.status === 204) continue
    const isTooLong = url.length > TOO_LONG
    const subject = isTooLong ? `${origin}: a request that is too long` : url
    const flaws = errorPageFlaws(answer.headers)
    if (flaws.length === 0) yield* policyFindings(deployment, answer, subject, host)
    for (const flaw of flaws) yield foundFlaw(flaw, subject, change)
  }
}
