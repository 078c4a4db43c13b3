import type { Server, Wire } from '../protocol/server.ts'
import type { TokenSet } from '../protocol/tokens.ts'
import { loadUserInfo, userWith } from '../protocol/user-info.ts'

/**
 * The tokens of a sign-in with the claims of UserInfo. They are asked for before anything is stored: nobody sees half a user,
 * and no refresh can come in between.
 *
 * Nothing that goes wrong here fails the sign-in. That is so for a `sub` of somebody else as well (threat model, statement 23):
 * who signed in is what the ID Token proves, whose signature, nonce and `at_hash` were checked; the claims of UserInfo are then
 * not this user's and are not used (OpenID Connect Core section 5.3.2), but to end the session would give an endpoint that only
 * adds claims the power to sign users out.
 * @param report tells pages why there are no such claims
 */
export async function withUserInfo(
  server: Server,
  tokens: TokenSet,
  wire: Wire,
  report: (error: unknown) => void,
): Promise<TokenSet> {
  if (!server.client.userInfo) return tokens
  try {
    const userInfo = await loadUserInfo(server, tokens, wire)
    return { ...tokens, userInfo, user: userWith(userInfo, tokens.user) }
  } catch (error) {
    report(error)
    return tokens
  }
}
