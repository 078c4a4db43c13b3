import type { ParsedClient } from '../../contract/config.ts'
import {
  guardianOrigin,
  isAnswer,
  isRedirect,
  locationOf,
  type Answer,
  type Deployment,
} from '../deployment.ts'
import { found, notChecked, type Result } from '../finding.ts'
import { formOf, parseJson, type Servers } from '../servers.ts'

/** The S256 challenge of a verifier that nobody has: no code for it can be redeemed. */
const CHALLENGE = 'dG9rZW4tZ3VhcmRpYW4tZG9jdG9yLWNoYWxsZW5nZS0'

/** What a server did with an authorization request for a redirect URI. */
type Verdict =
  /** It answered to that URI, so it takes it. */
  | { readonly kind: 'sent-back' }
  | { readonly kind: 'refused'; readonly how: string }
  /** A page or a redirect of its own: its login, or an error. */
  | { readonly kind: 'shown'; readonly how: string }

/**
 * Which redirect URIs the server takes: exactly the guardian's. It is asked without signing anybody in (`prompt=none`, no cookies),
 * and beside the real one with some that nobody registered.
 */
export async function* checkRedirectUri(
  deployment: Deployment,
  servers: Servers,
): AsyncGenerator<Result> {
  for (const client of deployment.config.clients) {
    if (client.loginLink) {
      yield notChecked('redirect-uri', `${client.issuer} mails a link for each request`)
    } else yield* clientFindings(deployment, servers, client)
  }
}

async function* clientFindings(
  deployment: Deployment,
  servers: Servers,
  client: ParsedClient,
): AsyncGenerator<Result> {
  const { issuer, clientId } = client
  const registered = guardianOrigin(deployment) + client.redirectPath
  const ask = (redirectUri: string): Promise<Verdict | undefined> =>
    authorize(deployment, servers, client, redirectUri)
  const own = await ask(registered)
  const nobodys = await ask('https://token-guardian-doctor.invalid/callback')
  if (own === undefined || nobodys === undefined) {
    yield notChecked('redirect-uri', `The authorization endpoint of ${issuer} cannot be asked`)
    return
  }
  if (own.kind === 'refused') {
    const what = `${registered} is refused for client '${clientId}': the server ${own.how}`
    yield found('redirect-uri-refused', { subject: issuer, what, change: `Register ${registered}` })
    return
  }
  if (own.kind === 'shown' && nobodys.kind === 'shown' && own.how === nobodys.how) {
    const reason = `${issuer} ${own.how} whatever the redirect URI is: sign in once to see`
    yield notChecked('redirect-uri', reason)
    return
  }
  const isTaken = (verdict: Verdict | undefined): boolean =>
    verdict?.kind === 'sent-back' ||
    (verdict?.kind === 'shown' && own.kind === 'shown' && verdict.how === own.how)
  const appCallback = new URL(client.redirectPath, deployment.appUrl).href
  if (appCallback !== registered && isTaken(await ask(appCallback))) {
    const what = `${appCallback} is accepted for client '${clientId}'`
    yield found('redirect-uri-on-app', { subject: issuer, what, change: `Remove ${appCallback}` })
  }
  const similar = [`${registered}/token-guardian-doctor`, `${registered}?token-guardian=doctor`]
  const open = isTaken(nobodys) ? ['https://token-guardian-doctor.invalid/callback'] : []
  for (const redirectUri of similar) if (isTaken(await ask(redirectUri))) open.push(redirectUri)
  if (open.length === 0) return
  const what = `It accepts ${open.join(' and ')} for client '${clientId}'`
  yield found('redirect-uri-open', { subject: issuer, what })
}

/** @returns `undefined` when the server cannot be asked */
async function authorize(
  { ask }: Deployment,
  servers: Servers,
  client: ParsedClient,
  redirectUri: string,
): Promise<Verdict | undefined> {
  const endpoint = await servers.endpoint(client, 'authorization_endpoint')
  const { metadata } = await servers.discover(client)
  const pushTo = await servers.endpoint(client, 'pushed_authorization_request_endpoint')
  if (endpoint === undefined) return undefined
  let query = formOf({
    client_id: client.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: client.scope.join(' '),
    state: 'token-guardian-doctor',
    nonce: 'token-guardian-doctor',
    prompt: 'none',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    // A server may insist on the one that is registered.
    ...(client.responseMode !== 'query' && { response_mode: client.responseMode }),
  })
  if (metadata?.['require_pushed_authorization_requests'] === true) {
    if (pushTo === undefined) return undefined
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const pushed = await ask(pushTo, { method: 'POST', headers, body: query })
    if (!isAnswer(pushed)) return undefined
    const requestUri = parseJson(pushed.text)?.['request_uri']
    if (typeof requestUri !== 'string') return refused(pushed)
    query = formOf({ client_id: client.clientId, request_uri: requestUri })
  }
  const url = `${endpoint}${endpoint.includes('?') ? '&' : '?'}${query}`
  const answer = await ask(url, { headers: { accept: 'text/html' } })
  return isAnswer(answer) ? judge(answer, url, redirectUri) : undefined
}

function judge(answer: Answer, url: string, redirectUri: string): Verdict {
  // With response_mode=form_post, whatever the status is.
  if (answer.text.includes(`action="${redirectUri}"`)) return { kind: 'sent-back' }
  if (answer.status >= 400) return refused(answer)
  const target = isRedirect(answer) ? locationOf(answer, url) : undefined
  if (!target) return { kind: 'shown', how: `answers ${answer.status}` }
  const place = target.origin + target.pathname
  const wanted = new URL(redirectUri)
  // A server that answers to what is registered instead has not taken the other one.
  const isWanted =
    place === wanted.origin + wanted.pathname && target.search.includes(wanted.search.slice(1))
  return isWanted ? { kind: 'sent-back' } : { kind: 'shown', how: `redirects to ${place}` }
}

function refused({ status }: Answer): Verdict {
  return { kind: 'refused', how: `answers ${status}` }
}
