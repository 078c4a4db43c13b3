import { parseArgs } from 'node:util'
import { parseUrl, type Deployment } from '../doctor/deployment.ts'
import { examine } from '../doctor/examine.ts'
import { isFinding, notChecked, type Result } from '../doctor/finding.ts'
import { checkInBrowser } from '../doctor/node/browser.ts'
import { httpAsk } from '../doctor/node/http-ask.ts'
import { loadConfig, NoConfig } from '../doctor/node/load-config.ts'
import { describeReport, makeReport } from '../doctor/report.ts'
import type { Command, Output } from './command.ts'

const usage = `Usage: npx token-guardian doctor <app-url> [options]

Looks at a deployment as a browser and as a client do, and says what is wrong, why it matters and which line to change.
It needs no sign-in and sends no credentials.

  --config <file.json>   the configuration (default: token-guardian.json beside the worker, or the page)
  --worker <path>        the worker's script, relative to the app's URL (default: /sw.js)
  --browser              opens the app in Chromium too; needs Playwright
  --browser-path <file>  the browser to open it in (default: Playwright's own)
  --timeout <seconds>    for one request (default: 10)
  --json                 prints the report as JSON
  --strict               warnings count as errors

Exit code: 0 nothing found but warnings and notes, 1 errors, 2 it could not be checked.`

interface Wanted {
  readonly appUrl: string
  readonly workerUrl: string
  readonly config: string | undefined
  readonly browser: { readonly path: string | undefined } | undefined
  readonly timeoutMs: number
  readonly json: boolean
  readonly strict: boolean
}

export const doctorCommand: Command = { usage, run }

async function run(args: readonly string[], output: Output): Promise<number> {
  try {
    const wanted = readArguments(args)
    const { appUrl, workerUrl, timeoutMs } = wanted
    const ask = httpAsk({ timeoutMs })
    const config = await loadConfig({ appUrl, workerUrl, ask }, wanted.config)
    const deployment: Deployment = { appUrl, workerUrl, config, ask, now: () => Date.now() }
    const results = await examine(deployment)
    // The guardian finds some of the same, and says less of them.
    const known = new Set(results.filter(isFinding).map(({ id }) => id))
    const seen = await inBrowser(deployment, wanted)
    const fresh = seen.filter((result) => !isFinding(result) || !known.has(result.id))
    const report = makeReport(appUrl, config.vault ? 'vault' : 'same-origin', [
      ...results,
      ...fresh,
    ])
    output.print(wanted.json ? JSON.stringify(report, null, 2) : describeReport(report))
    const { error, warning } = report.counts
    return error > 0 || (wanted.strict && warning > 0) ? 1 : 0
  } catch (error) {
    if (!(error instanceof NoConfig || error instanceof UsageError)) throw error
    output.complain(error.message)
    return 2
  }
}

async function inBrowser(deployment: Deployment, wanted: Wanted): Promise<readonly Result[]> {
  if (wanted.browser) return checkInBrowser(deployment, wanted.browser.path)
  const reason = 'Foreign workers, and whether the guardian really has the page: add --browser'
  return [notChecked('browser', reason)]
}

class UsageError extends Error {
  override readonly name = 'UsageError'
}

function readArguments(args: readonly string[]): Wanted {
  const { values, positionals } = parsed(args)
  const [given, ...more] = positionals
  const url = parseUrl(given)
  if (!url || more.length > 0 || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`Say which app: its URL, such as https://app.example.com\n\n${usage}`)
  }
  if (url.username + url.password !== '') {
    throw new UsageError('The URL must not hold credentials: the doctor sends none')
  }
  const seconds = Number(values.timeout ?? '10')
  if (!(seconds > 0 && seconds <= 300)) {
    throw new UsageError('--timeout takes seconds, from 1 to 300')
  }
  const worker = parseUrl(values.worker ?? '/sw.js', url.href)
  if (worker?.origin !== url.origin) {
    throw new UsageError('--worker takes a path on the app’s own origin')
  }
  return {
    appUrl: url.origin + url.pathname,
    workerUrl: worker.href,
    config: values.config,
    browser: values.browser ? { path: values['browser-path'] } : undefined,
    timeoutMs: seconds * 1000,
    json: values.json,
    strict: values.strict,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        worker: { type: 'string' },
        browser: { type: 'boolean', default: false },
        'browser-path': { type: 'string' },
        timeout: { type: 'string' },
        json: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    // What Node says of an option that is not there.
    throw new UsageError(`${error instanceof Error ? error.message : ''}\n\n${usage}`)
  }
}
