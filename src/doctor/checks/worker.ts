import { foreignWorkerFlaws } from '../../contract/deployment-flaws.ts'
import { isAnswer, isRedirect, parseUrl, type Answer, type Deployment } from '../deployment.ts'
import { found, foundFlaw, notChecked, shown, type Result } from '../finding.ts'
import { headerLine, recogniseHost, workerGuardLine } from '../host-lines.ts'

/** What a browser sends with the request for a worker script. */
export const SCRIPT_REQUEST = { headers: { 'service-worker': 'script', accept: '*/*' } }

/** MIME Sniffing section 4.6. */
const JAVASCRIPT =
  /^(?:text\/(?:javascript(?:1\.[0-5])?|ecmascript|jscript|livescript|x-ecmascript|x-javascript)|application\/(?:x-)?(?:java|ecma)script)\s*(?:;|$)/i

/** Whether the browser would take the worker script, and no other one. */
export async function* checkWorker(deployment: Deployment): AsyncGenerator<Result> {
  const { workerUrl, ask, config } = deployment
  const script = await ask(workerUrl, SCRIPT_REQUEST)
  if (!isAnswer(script)) {
    return yield notChecked('worker', `${workerUrl} cannot be reached: ${script.failed}`)
  }
  const subject = workerUrl
  if (isRedirect(script)) {
    const what = `It redirects to ${shown(script.headers.get('location') ?? 'somewhere else')}`
    return yield found('worker-redirected', { subject, what })
  }
  if (script.status !== 200) {
    return yield found('worker-missing', { subject, what: `It answers ${script.status}` })
  }
  const type = script.headers.get('content-type') ?? ''
  const host = recogniseHost(script.headers)
  const path = new URL(workerUrl).pathname
  if (!isJavaScript(type)) {
    const what = `Its type is ${shown(type || 'missing')}`
    const change = headerLine(host, path, 'Content-Type', 'text/javascript')
    return yield found('worker-mime-type', { subject, what, change })
  }
  yield* scopeFindings(deployment, script)
  const cache = script.headers.get('cache-control') ?? ''
  if (/(?:^|[\s,])(?:s-)?max-age=[1-9]/i.test(cache) && !/no-cache|no-store/i.test(cache)) {
    const what = `Cache-Control: ${shown(cache)}`
    const change = headerLine(host, path, 'Cache-Control', 'no-cache')
    yield found('worker-cached', { subject, what, change })
  }
  if (config.vault !== undefined) return
  for (const url of await otherScripts(deployment)) {
    const other = await ask(url, SCRIPT_REQUEST)
    const flaws = isAnswer(other) ? foreignWorkerFlaws(other.status, other.headers) : []
    for (const flaw of flaws) yield foundFlaw(flaw, url, workerGuardLine(host, path))
    if (flaws.length > 0) return
  }
}

export function isJavaScript(type: string): boolean {
  return JAVASCRIPT.test(type)
}

function* scopeFindings(
  { workerUrl, appUrl, config }: Deployment,
  { headers }: Answer,
): Generator<Result> {
  const folder = new URL('.', workerUrl).pathname
  const widest = parseUrl(headers.get('service-worker-allowed') ?? undefined, workerUrl)?.pathname
  const scope = config.scope ?? folder
  const subject = workerUrl
  if (!scope.startsWith(widest ?? folder)) {
    const what = `Its scope ${scope} is outside of ${widest ?? folder}, the widest that the host allows`
    const change = headerLine(
      recogniseHost(headers),
      new URL(workerUrl).pathname,
      'Service-Worker-Allowed',
      scope,
    )
    return yield found('worker-scope', { subject, what, change })
  }
  const own = [
    config.loginPath,
    config.logoutPath,
    ...config.clients.map(({ redirectPath }) => redirectPath),
  ]
  const needed = [new URL(appUrl).pathname, ...(config.vault ? [] : own)]
  const outside = needed.filter((path) => !path.startsWith(scope))
  if (outside.length > 0) {
    const what = `Its scope ${scope} does not contain ${[...new Set(outside)].join(', ')}`
    yield found('worker-scope', { subject, what })
  }
}

/** The same script under another URL, and one of the app's own. */
async function otherScripts({ appUrl, workerUrl, ask }: Deployment): Promise<readonly string[]> {
  const page = await ask(appUrl, { headers: { accept: 'text/html' } })
  const sources = isAnswer(page)
    ? page.text.matchAll(/<script\b[^>]*?\ssrc=["']?([^"'\s>]+)/gi)
    : []
  const own = [...sources]
    .map(([, source]) => parseUrl(source, appUrl))
    .find((url) => url?.origin === new URL(appUrl).origin && url.href !== workerUrl)
  // With a query that nobody knows, or a worker of the app that has the script in a cache answers instead of the host.
  return [new URL(workerUrl), ...(own ? [own] : [])].map(
    ({ origin, pathname }) => `${origin}${pathname}?token-guardian-other-script`,
  )
}
