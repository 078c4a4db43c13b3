import type { GuardianConfig, ParsedConfig } from '../../contract/config.ts'
import type { AuthErrorWire } from '../../contract/errors.ts'
import { PROBE_HEADER, PROBE_QUERY } from '../../contract/messages.ts'
import { parseConfig } from '../../contract/parse-config.ts'
import { checkApp } from '../checks/app.ts'
import { errorFindings, judgeSeen } from '../checks/browser.ts'
import { checkFlowPaths } from '../checks/flow-paths.ts'
import { checkWorker } from '../checks/worker.ts'
import { configUrls, isAnswer, type Deployment } from '../deployment.ts'
import { isFinding, notChecked, type Finding, type Result } from '../finding.ts'
import { fetchAsk } from './fetch-ask.ts'

export interface PageCheckOptions {
  /** What the worker was built with. Default: the `token-guardian.json` of the build, beside the worker or this page. */
  readonly config?: GuardianConfig
  /** As for `createAuthClient`. Default `/sw.js`. */
  readonly workerUrl?: string
}

/** What is needed of an auth client. */
export interface ErrorSource {
  ready(): Promise<unknown>
  on(event: 'error', listener: (error: AuthErrorWire) => void): () => void
}

/**
 * The checks of `npx token-guardian doctor` that a page of the app can make: its own pages and error pages, the worker's script, the
 * flow paths, and which workers are registered. For development: it makes about ten requests, and belongs in no production bundle.
 */
export async function checkFromPage({
  config,
  workerUrl = '/sw.js',
}: PageCheckOptions = {}): Promise<readonly Result[]> {
  const { origin, pathname } = location
  const appUrl = origin + pathname
  const worker = new URL(workerUrl, location.href).href
  const urls = configUrls(appUrl, worker)
  const parsed = config === undefined ? await publishedConfig(urls) : parseConfig(config)
  if (parsed === undefined) {
    return [notChecked('app', `There is no usable configuration at ${urls.join(' or ')}`)]
  }
  const deployment: Deployment = {
    appUrl,
    workerUrl: worker,
    config: parsed,
    ask: fetchAsk,
    now: () => Date.now(),
  }
  const results: Result[] = []
  for (const check of [checkApp, checkWorker, checkFlowPaths]) {
    for await (const result of check(deployment)) results.push(result)
  }
  return [...results, ...(await registrationResults(deployment))]
}

/**
 * Tells of findings as they come: those of {@link checkFromPage}, and what the guardian reports of its own check before a sign-in.
 * Each is told once. Nothing is written to the console. It begins when the client is ready, for a first visit has no worker before.
 * @returns a function that ends it
 */
export function watchDeployment(
  client: ErrorSource,
  listener: (finding: Finding) => void,
  options: PageCheckOptions = {},
): () => void {
  const told = new Set<string>()
  let isOver = false
  const tell = (results: Iterable<Result>): void => {
    for (const result of results) {
      if (isOver || !isFinding(result) || told.has(`${result.id} ${result.subject}`)) continue
      told.add(`${result.id} ${result.subject}`)
      listener(result)
    }
  }
  const end = client.on('error', (error) => {
    if (error.code === 'deployment-unsafe') tell(errorFindings(location.href, error))
  })
  // A configuration that cannot be parsed is the guardian's to report.
  void client
    .ready()
    .then(() => checkFromPage(options))
    .then(tell, () => undefined)
  return () => {
    isOver = true
    end()
  }
}

async function publishedConfig(urls: readonly string[]): Promise<ParsedConfig | undefined> {
  for (const url of urls) {
    const answer = await fetchAsk(url)
    const config = isAnswer(answer) && answer.status === 200 ? readConfig(answer.text) : undefined
    if (config) return config
  }
  return undefined
}

function readConfig(text: string): ParsedConfig | undefined {
  try {
    return parseConfig(JSON.parse(text))
  } catch {
    return undefined
  }
}

async function registrationResults(deployment: Deployment): Promise<readonly Result[]> {
  const { appUrl, workerUrl, config } = deployment
  const { serviceWorker } = navigator
  // Some browsers leave it out in insecure contexts and private windows.
  const found = 'serviceWorker' in navigator ? await serviceWorker.getRegistrations() : []
  const probe = await fetch(config.loginPath + PROBE_QUERY, { redirect: 'manual' }).catch(
    () => undefined,
  )
  const registrations = found.map(({ scope, active, waiting, installing }) => ({
    scope,
    script: (active ?? waiting ?? installing)?.scriptURL ?? '',
  }))
  const isCovered = probe?.headers.has(PROBE_HEADER) === true
  return [...judgeSeen(appUrl, workerUrl, { isCovered, registrations, errors: [] })]
}
