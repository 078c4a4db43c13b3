import type { ParsedResource } from '../../contract/config.ts'
import { hasMethod } from '../../contract/destinations.ts'
import { exposes, preflight, whyUnreadable } from '../cross-origin.ts'
import { guardianOrigin, isAnswer, type Deployment } from '../deployment.ts'
import { found, type Result } from '../finding.ts'
import { headerLine, recogniseHost } from '../host-lines.ts'

/** Whether the guardian may send its requests to the APIs, and read what they answer. */
export async function* checkApiCors(deployment: Deployment): AsyncGenerator<Result> {
  const origin = guardianOrigin(deployment)
  for (const resource of deployment.config.resources) {
    // Where the API is the guardian's own origin there is nothing to ask.
    if (resource.origin !== origin) yield* apiFindings(deployment, origin, resource)
  }
}

async function* apiFindings(
  { ask, config }: Deployment,
  origin: string,
  resource: ParsedResource,
): AsyncGenerator<Result> {
  const url = resource.origin + resource.pathPrefix
  const dpop = config.clients.find(({ name }) => name === resource.client)?.dpop ?? 'never'
  const answer = await ask(url, { headers: { origin } })
  if (!isAnswer(answer)) {
    const what = `No answer: ${answer.failed}`
    return yield found('api-unreachable', { subject: url, what })
  }
  const host = recogniseHost(answer.headers)
  const line = (name: string, value: string): string => headerLine(host, '*', name, value)
  const own = ['authorization', ...(dpop === 'never' ? [] : ['dpop'])]
  const first = await preflight(ask, {
    url,
    origin,
    method: resource.methods[0] ?? 'GET',
    headers: own,
  })
  const why =
    first.refused ??
    whyUnreadable(answer, origin) ??
    (first.refusedHeaders.length > 0
      ? `it does not allow the headers ${first.refusedHeaders.join(', ')}`
      : undefined)
  if (why !== undefined) {
    const change =
      first.refusedHeaders.length > 0
        ? line('Access-Control-Allow-Headers', own.join(', '))
        : line('Access-Control-Allow-Origin', origin)
    return yield found('api-cors', {
      subject: url,
      what: `To requests of the guardian ${why}`,
      change,
    })
  }
  yield* methodFindings(ask, origin, resource, own, line)
  const hidden = [
    ['www-authenticate', 'api-challenge-hidden', 'WWW-Authenticate'],
    ...(dpop === 'never' ? [] : [['dpop-nonce', 'api-nonce-hidden', 'DPoP-Nonce'] as const]),
    ['retry-after', 'api-retry-hidden', 'Retry-After'],
  ] as const
  for (const [name, id, words] of hidden) {
    if (exposes(answer, name)) continue
    yield found(id, { subject: url, change: line('Access-Control-Expose-Headers', words) })
  }
}

async function* methodFindings(
  ask: Deployment['ask'],
  origin: string,
  { origin: api, pathPrefix, methods: configured, destinations }: ParsedResource,
  own: readonly string[],
  line: (name: string, value: string) => string,
): AsyncGenerator<Result> {
  const url = api + pathPrefix
  const methods = configured.filter((method) =>
    destinations.some((destination) => hasMethod(destination, method)),
  )
  const refusedMethods: string[] = []
  let refusesType = false
  for (const method of methods) {
    const hasBody = method !== 'GET' && method !== 'HEAD'
    const headers = hasBody ? [...own, 'content-type'] : own
    const { refused, refusesMethod, refusedHeaders } = await preflight(ask, {
      url,
      origin,
      method,
      headers,
    })
    if (refused !== undefined || refusesMethod) refusedMethods.push(method)
    refusesType ||= refusedHeaders.includes('content-type')
  }
  if (refusedMethods.length > 0) {
    const what = `It does not allow ${refusedMethods.join(', ')}`
    const change = line('Access-Control-Allow-Methods', methods.join(', '))
    yield found('api-methods', { subject: url, what, change })
  }
  if (refusesType) {
    const change = line('Access-Control-Allow-Headers', [...own, 'content-type'].join(', '))
    yield found('api-content-type', { subject: url, change })
  }
}
