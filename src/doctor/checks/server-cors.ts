import type { ParsedClient } from '../../contract/config.ts'
import { exposes, preflight, whyUnreadable } from '../cross-origin.ts'
import { guardianOrigin, isAnswer, type Answer, type Deployment } from '../deployment.ts'
import { found, notChecked, type Result } from '../finding.ts'
import { formOf, type Servers } from '../servers.ts'

const FORM = 'application/x-www-form-urlencoded'

/** Whether the guardian may read what the authorization servers answer. */
export async function* checkServerCors(
  deployment: Deployment,
  servers: Servers,
): AsyncGenerator<Result> {
  for (const client of deployment.config.clients) {
    const { metadata, url, answer } = await servers.discover(client)
    if (!metadata) {
      yield notChecked('server-cors', `${client.issuer} has no metadata`)
      continue
    }
    if (url !== undefined && answer)
      yield* readable(deployment, client, 'The metadata', url, answer)
    yield* tokenFindings(deployment, servers, client)
    yield* readFindings(deployment, servers, client)
    yield* otherFindings(deployment, servers, client)
  }
}

function* readable(
  deployment: Deployment,
  { issuer }: ParsedClient,
  name: string,
  url: string,
  answer: Answer,
): Generator<Result> {
  const origin = guardianOrigin(deployment)
  const why = whyUnreadable(answer, origin)
  if (why === undefined) return
  yield found('server-cors', {
    subject: url,
    what: `${name} of ${issuer}: ${why}`,
    change: `Access-Control-Allow-Origin: ${origin}`,
  })
}

async function* tokenFindings(
  deployment: Deployment,
  servers: Servers,
  client: ParsedClient,
): AsyncGenerator<Result> {
  const url = await servers.endpoint(client, 'token_endpoint')
  if (url === undefined) return
  const answer = await servers.exchange(client, url)
  if (!isAnswer(answer)) {
    return yield found('server-cors', {
      subject: url,
      what: `The token endpoint of ${client.issuer}: no answer, ${answer.failed}`,
    })
  }
  yield* readable(deployment, client, 'The token endpoint', url, answer)
  if (whyUnreadable(answer, guardianOrigin(deployment)) !== undefined) return
  if (client.dpop !== 'never') {
    yield* proofFindings(deployment, client, url)
    if (!exposes(answer, 'dpop-nonce')) yield found('server-nonce-hidden', { subject: url })
  }
  if (!exposes(answer, 'retry-after')) yield found('server-retry-hidden', { subject: url })
}

/** A proof is a header that needs leave. */
async function* proofFindings(
  deployment: Deployment,
  { issuer }: ParsedClient,
  url: string,
): AsyncGenerator<Result> {
  const origin = guardianOrigin(deployment)
  const asked = { url, origin, method: 'POST', headers: ['dpop'] }
  const { refused, refusedHeaders } = await preflight(deployment.ask, asked)
  if (refused === undefined && refusedHeaders.length === 0) return
  const why = refused ?? 'it does not allow the header DPoP'
  yield found('server-cors', {
    subject: url,
    what: `The token endpoint of ${issuer}: ${why}`,
    change: 'Access-Control-Allow-Headers: DPoP',
  })
}

/** Endpoints that are read. */
async function* readFindings(
  deployment: Deployment,
  servers: Servers,
  client: ParsedClient,
): AsyncGenerator<Result> {
  const origin = guardianOrigin(deployment)
  const keys = await servers.endpoint(client, 'jwks_uri')
  if (keys !== undefined && client.scope.includes('openid')) {
    const answer = await deployment.ask(keys, { headers: { origin } })
    if (isAnswer(answer)) yield* readable(deployment, client, 'The keys', keys, answer)
    else yield found('server-cors', { subject: keys, what: `The keys: ${answer.failed}` })
  }
  const url = await servers.endpoint(client, 'userinfo_endpoint')
  if (url === undefined || !client.userInfo) return
  const headers = ['authorization', ...(client.dpop === 'never' ? [] : ['dpop'])]
  const { refused, refusedHeaders } = await preflight(deployment.ask, {
    url,
    origin,
    method: 'GET',
    headers,
  })
  if (refused === undefined && refusedHeaders.length === 0) return
  const why = refused ?? `it does not allow the headers ${refusedHeaders.join(', ')}`
  yield found('server-cors', {
    subject: url,
    what: `The UserInfo endpoint of ${client.issuer}: ${why}`,
    change: `Access-Control-Allow-Headers: ${headers.join(', ')}, with Access-Control-Allow-Origin: ${origin}`,
  })
}

/** Endpoints to which forms are sent: with what the server must refuse, or ignore. */
async function* otherFindings(
  deployment: Deployment,
  servers: Servers,
  client: ParsedClient,
): AsyncGenerator<Result> {
  const origin = guardianOrigin(deployment)
  const post = (url: string, fields: Record<string, string>): ReturnType<Deployment['ask']> =>
    deployment.ask(url, {
      method: 'POST',
      headers: { origin, 'content-type': FORM },
      body: formOf({ client_id: client.clientId, ...fields }),
    })
  const { metadata } = await servers.discover(client)
  const isPushed =
    client.par === 'required' ||
    (client.par === 'auto' && metadata?.['require_pushed_authorization_requests'] === true)
  const par = await servers.endpoint(client, 'pushed_authorization_request_endpoint')
  if (par !== undefined && isPushed) {
    const answer = await post(par, { response_type: 'token-guardian-doctor' })
    if (isAnswer(answer))
      yield* readable(deployment, client, 'The endpoint for pushed requests', par, answer)
    else
      yield found('server-cors', {
        subject: par,
        what: `The endpoint for pushed requests: ${answer.failed}`,
      })
  }
  const url = await servers.endpoint(client, 'revocation_endpoint')
  if (url === undefined) return
  const answer = await post(url, { token: 'token-guardian-doctor' })
  const why = isAnswer(answer) ? whyUnreadable(answer, origin) : answer.failed
  if (why === undefined) return
  yield found('revocation-cors', {
    subject: url,
    what: `The revocation endpoint of ${client.issuer}: ${why}`,
    change: `Access-Control-Allow-Origin: ${origin}`,
  })
}
