import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Answers the logouts of providers that are not OpenID Connect's, as their documentation says: `/v2/logout` of Auth0, which
 * compares `returnTo` without its query, and `/logout` of Cognito, which gives nothing back but `logout_uri`.
 *
 * @returns false when the request is none of these
 */
export function answerProviderLogout(
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
  allowed: readonly string[],
): boolean {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const [name, target] =
    pathname === '/v2/logout'
      ? (['returnTo', searchParams.get('returnTo')] as const)
      : (['logout_uri', pathname === '/logout' ? searchParams.get('logout_uri') : null] as const)
  if (target === null) return false
  const compared = name === 'returnTo' ? target.split('?')[0] : target
  if (searchParams.get('client_id') === 'demo' && allowed.includes(compared ?? '')) {
    response.writeHead(302, { location: target, 'cache-control': 'no-store' }).end()
  } else {
    response.writeHead(400, { 'content-type': 'text/plain' }).end(`${name} is not registered`)
  }
  return true
}
