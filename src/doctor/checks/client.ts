import { isAnswer, type Deployment } from '../deployment.ts'
import { found, notChecked, shown, type Result } from '../finding.ts'
import { parseJson, type Servers } from '../servers.ts'

/** What the token endpoint lets know of a client, without a sign-in. */
export async function* checkClient(
  deployment: Deployment,
  servers: Servers,
): AsyncGenerator<Result> {
  for (const client of deployment.config.clients) {
    const { clientId, issuer, dpop } = client
    const url = await servers.endpoint(client, 'token_endpoint')
    const answer = url === undefined ? undefined : await servers.exchange(client, url)
    if (url === undefined || answer === undefined || !isAnswer(answer)) {
      yield notChecked('client', `The token endpoint of ${issuer} cannot be asked`)
      continue
    }
    const error = parseJson(answer.text)?.['error']
    if (error === 'invalid_client' || error === 'unauthorized_client' || answer.status === 401) {
      const what = `The token endpoint answers ${answer.status} ${shown(error ?? '')} to client '${clientId}' without a secret`
      yield found('client-not-public', { subject: issuer, what })
    } else if (error !== 'invalid_grant' && error !== 'invalid_dpop_proof') {
      const what = shown(typeof error === 'string' ? error : 'without an OAuth error')
      yield notChecked(
        'client',
        `Whether '${clientId}' is a public client: the token endpoint answers ${answer.status} ${what} to a code that nobody issued`,
      )
    }
    if (dpop !== 'required') {
      yield notChecked(
        'client',
        `Whether ${issuer} rotates refresh tokens: that shows after a sign-in only. RFC 9700 section 2.2.2 wants it of a client without DPoP`,
      )
    }
  }
}
