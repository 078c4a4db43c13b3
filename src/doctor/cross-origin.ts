import { isAnswer, isRedirect, type Answer, type Deployment } from './deployment.ts'
import { shown } from './finding.ts'

/** Why a page or worker of `origin` could not read an answer (Fetch, “CORS check”); `undefined` when it can. Nothing is sent with credentials. */
export function whyUnreadable(answer: Answer, origin: string): string | undefined {
  if (isRedirect(answer)) {
    return `it redirects to ${shown(answer.headers.get('location') ?? 'nowhere')}`
  }
  const allowed = answer.headers.get('access-control-allow-origin')
  if (allowed === '*' || allowed === origin) return undefined
  return allowed === null
    ? `it answers ${answer.status} without Access-Control-Allow-Origin: ${origin}`
    : `it allows ${shown(allowed)}, not ${origin}`
}

export interface Preflight {
  readonly url: string
  readonly origin: string
  readonly method: string
  /** Names of request headers that need leave, in lower case. */
  readonly headers: readonly string[]
}

/** What a preflight says against a request (Fetch, “CORS-preflight fetch”). */
export interface PreflightResult {
  /** The request cannot be sent at all. */
  readonly refused?: string
  readonly refusesMethod: boolean
  readonly refusedHeaders: readonly string[]
}

const SAFELISTED_METHODS = ['GET', 'HEAD', 'POST']

export async function preflight(
  ask: Deployment['ask'],
  { url, origin, method, headers }: Preflight,
): Promise<PreflightResult> {
  const answer = await ask(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': headers.toSorted().join(','),
    },
  })
  const none = { refusesMethod: false, refusedHeaders: [] }
  if (!isAnswer(answer)) return { ...none, refused: answer.failed }
  const why = whyUnreadable(answer, origin)
  if (why !== undefined) return { ...none, refused: why }
  if (answer.status < 200 || answer.status > 299) {
    return { ...none, refused: `it answers ${answer.status} to the preflight` }
  }
  const methods = namesOf(answer, 'access-control-allow-methods')
  const allowed = namesOf(answer, 'access-control-allow-headers')
  return {
    refusesMethod:
      !SAFELISTED_METHODS.includes(method) &&
      !methods.includes(method.toLowerCase()) &&
      !methods.includes('*'),
    // A star does not stand for Authorization.
    refusedHeaders: headers.filter(
      (name) => !allowed.includes(name) && (name === 'authorization' || !allowed.includes('*')),
    ),
  }
}

/** Whether script may read a header of an answer that it may read. */
export function exposes(answer: Answer, name: string): boolean {
  const exposed = namesOf(answer, 'access-control-expose-headers')
  return exposed.includes(name) || exposed.includes('*')
}

function namesOf({ headers }: Answer, name: string): readonly string[] {
  return (headers.get(name) ?? '').split(',').map((entry) => entry.trim().toLowerCase())
}
