import type { TokenEndpointResponse } from 'oauth4webapi'
import { failure } from './failure.ts'

type Claims = Record<string, unknown>

/**
 * The claims of a `userinfo` object beside the tokens, by which some services save the request for it. They count only when they
 * are about the user of the ID Token (OpenID Connect Core section 5.3.2), or of the response where there is none.
 * @param sub of the ID Token
 * @throws AuthError `userinfo-sub-mismatch`
 */
export function enclosedUserInfo(tokens: TokenEndpointResponse, sub: string | undefined): Claims {
  const { userinfo, sub: ofResponse } = tokens
  if (typeof userinfo !== 'object' || userinfo === null || Array.isArray(userinfo)) return {}
  const claims = userinfo as Claims
  const expected = sub ?? ofResponse ?? claims['sub']
  if (typeof claims['sub'] === 'string' && claims['sub'] === expected) return claims
  throw failure('userinfo-sub-mismatch', 'exchange', {
    message: 'The user information beside the tokens is about somebody else; nothing was stored',
  })
}
