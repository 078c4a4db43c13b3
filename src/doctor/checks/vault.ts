import type { ParsedVault } from '../../contract/config.ts'
import { BRIDGE_PATH } from '../../contract/messages.ts'
import { planVault, siteOfVault, VAULT_WORKER, vaultHeaders } from '../../vite/vault-headers.ts'
import {
  isAnswer,
  isRedirect,
  locationOf,
  type Answer,
  type Deployment,
  type Question,
} from '../deployment.ts'
import { found, isFinding, notChecked, shown, type Result } from '../finding.ts'
import { recogniseHost, workerGuardLine } from '../host-lines.ts'
import { looksCrossSite } from '../sites.ts'
import { vaultHeaderFindings } from './vault-page-headers.ts'
import { isJavaScript, SCRIPT_REQUEST } from './worker.ts'

const SCRIPTS = ['/bridge.js', '/recover.js', '/popup.js']
const WHOLE =
  'Deploy the headers of the build: _headers, vercel.json or .htaccess in its folder, nginx.conf or Caddyfile beside it'
const MISSING = '/token-guardian-missing-page'

/** The vault's files, with the headers that its build demands of every host. */
export async function* checkVault(deployment: Deployment): AsyncGenerator<Result> {
  const { config, ask } = deployment
  const { vault } = config
  if (!vault) return
  const bridge = await ask(vault.origin + BRIDGE_PATH)
  if (!isAnswer(bridge)) {
    const what = `No answer: ${bridge.failed}`
    return yield found('vault-unreachable', { subject: vault.origin, what })
  }
  if (looksCrossSite(vault.origin, new URL(deployment.appUrl).origin)) {
    yield found('vault-cross-site', { subject: vault.origin })
  }
  const results: Result[] = []
  for await (const result of fileFindings(deployment, vault)) results.push(result)
  yield* joinAlike(results, vault.origin)
  yield* foreignWorkerFindings(deployment, vault)
  yield* formPostFindings(deployment, vault)
}

async function* fileFindings(
  { config, ask }: Deployment,
  vault: ParsedVault,
): AsyncGenerator<Result> {
  const site = siteOfVault(config, vault)
  const pages = planVault(site).rules.map(({ kind, paths: [path = '/', ...others] }) => ({
    path,
    others,
    isScript: kind === 'worker',
  }))
  const scripts = SCRIPTS.map((path) => ({ path, others: [], isScript: true }))
  for (const { path, others, isScript } of [...pages, ...scripts]) {
    const question = path === VAULT_WORKER ? SCRIPT_REQUEST : {}
    const answer = await askForFile(ask, vault.origin, path, others, question)
    if (!isAnswer(answer)) {
      yield notChecked('vault', `${path} cannot be reached: ${answer.failed}`)
      continue
    }
    const flaw = fileFlaw(answer, isScript)
    if (flaw !== undefined) {
      yield found('vault-file-missing', { subject: vault.origin + path, what: `${path} ${flaw}` })
    } else {
      const ancestors = path === BRIDGE_PATH ? vault.appOrigins.join(' ') : "'none'"
      yield* vaultHeaderFindings(vault.origin, path, answer, vaultHeaders(site, path), ancestors)
    }
  }
  const missing = await ask(vault.origin + MISSING)
  if (!isAnswer(missing)) return
  if (missing.status === 200) {
    const what = `${MISSING} answers 200 instead of 404`
    yield found('vault-serves-more', { subject: vault.origin + MISSING, what })
  }
  yield* vaultHeaderFindings(vault.origin, MISSING, missing, vaultHeaders(site, MISSING), "'none'")
}

/** Hosts may redirect between the names of one file, `/bridge.html` and `/bridge`; that one redirect is followed. */
async function askForFile(
  ask: Deployment['ask'],
  origin: string,
  path: string,
  others: readonly string[],
  question: Question,
): ReturnType<Deployment['ask']> {
  const answer = await ask(origin + path, question)
  if (!isAnswer(answer) || !isRedirect(answer)) return answer
  const target = locationOf(answer, origin + path)
  const isSameFile = target?.origin === origin && others.includes(target.pathname)
  return isSameFile ? ask(target.href, question) : answer
}

function fileFlaw(answer: Answer, isScript: boolean): string | undefined {
  const { status, headers } = answer
  const type = headers.get('content-type') ?? ''
  if (isRedirect(answer)) return `redirects to ${shown(headers.get('location') ?? 'nowhere')}`
  if (status !== 200) return `answers ${status}`
  if (isScript ? isJavaScript(type) : type.startsWith('text/html')) return undefined
  return `is of type ${shown(type || 'none')}`
}

async function* foreignWorkerFindings(
  { ask }: Deployment,
  { origin }: ParsedVault,
): AsyncGenerator<Result> {
  const url = `${origin}/bridge.js`
  const other = await ask(url, SCRIPT_REQUEST)
  if (!isAnswer(other) || other.status !== 200) return
  if (!isJavaScript(other.headers.get('content-type') ?? '')) return
  const change = workerGuardLine(recogniseHost(other.headers), VAULT_WORKER)
  yield found('vault-foreign-worker', { subject: url, change })
}

async function* formPostFindings(
  { config, ask }: Deployment,
  { origin }: ParsedVault,
): AsyncGenerator<Result> {
  for (const { responseMode, redirectPath } of config.clients) {
    if (!responseMode.startsWith('form_post')) continue
    const answer = await ask(origin + redirectPath, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'state=token-guardian-doctor',
    })
    if (!isAnswer(answer) || answer.status === 200) continue
    const what = `${redirectPath} answers ${answer.status} to POST`
    yield found('vault-form-post', { subject: origin + redirectPath, what })
  }
}

/** A host without headers lacks the same on every path: that is one finding. */
function* joinAlike(results: readonly Result[], origin: string): Generator<Result> {
  const paths = new Map<string, Set<string>>()
  for (const result of results.filter(isFinding)) {
    paths.set(result.id, (paths.get(result.id) ?? new Set()).add(result.subject))
  }
  const seen = new Set<string>()
  for (const result of results) {
    const count = isFinding(result) ? (paths.get(result.id)?.size ?? 1) : 1
    if (!isFinding(result) || result.id === 'vault-file-missing' || count === 1) {
      yield result
    } else if (!seen.has(result.id)) {
      seen.add(result.id)
      yield {
        ...result,
        subject: origin,
        what: `${result.what}, and ${count - 1} more of its paths`,
        // The line is that of one path.
        change: `${WHOLE}. ${new URL(result.subject).pathname}: ${result.change}`,
      }
    }
  }
}
