import type * as oauth from 'oauth4webapi'
import { failure } from './failure.ts'

/**
 * A sign-in that asked for authentication context classes got one of them, or it is none: `acr_values` is a wish to the server
 * (OpenID Connect Core section 3.1.2.1), and a server that cannot fulfil it may sign the user in all the same. Without an ID
 * Token only the API can tell.
 * @throws AuthError `id-token-acr`
 */
export function checkAcr(
  claims: oauth.IDToken | undefined,
  acrValues: readonly string[] | undefined,
): void {
  if (claims === undefined || acrValues === undefined) return
  const acr = claims['acr']
  if (typeof acr === 'string' && acrValues.includes(acr)) return
  throw failure('id-token-acr', 'exchange', {
    message: 'The server did not authenticate the user as acrValues asked; nothing was stored',
  })
}
