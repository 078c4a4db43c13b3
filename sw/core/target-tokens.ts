import type { ParsedTarget } from '../../src/contract/config.ts'
import type { AccessGrant, TokenSet } from '../protocol/tokens.ts'
import type { StoredSession } from './token-store.ts'

/** What an API's token is for; nothing, where APIs do not tell theirs apart. */
export type Target = ParsedTarget | undefined

/** Whether its token is one that is got besides the client's own, with the refresh token. */
export function isFurther(target: Target): target is ParsedTarget {
  return target !== undefined && !target.isDefault
}

/**
 * The session as requests to an API have it: its access token is the one for this API, and no other. `undefined` when there is
 * none: it was not needed yet, or the configuration was another when the tokens came.
 */
export function sessionFor(session: StoredSession, target: Target): StoredSession | undefined {
  const { tokens } = session
  const grant = isFurther(target) ? tokens.further?.[target.key] : undefined
  if (grant) return { ...session, tokens: { ...tokens, ...grant } }
  // What an older guardian stored does not say what it is for.
  const isOwn = tokens.target === target?.key || (tokens.target === undefined && target?.isDefault)
  return isOwn ? session : undefined
}

/** Tells the token for an API from the ones before and after it. `undefined` when there is none yet. */
export function tokenId({ tokens, generation }: StoredSession, target: Target): string | undefined {
  if (isFurther(target)) return tokens.further?.[target.key]?.id
  return tokens.id ?? generation
}

/** What is stored after a refresh for one target: each access token stays until a refresh of its own. */
export function withIssued(before: TokenSet, issued: TokenSet, target: Target): TokenSet {
  const { further } = before
  if (!isFurther(target)) return { ...issued, ...(further && { further }) }
  const {
    id: _id,
    issuedAt: _issuedAt,
    target: _target,
    authorizationDetails: _details,
    ...rest
  } = issued
  return {
    ...rest,
    ...grantOf(before),
    ...(before.target === undefined ? {} : { target: before.target }),
    further: { ...further, [target.key]: grantOf(issued) },
  }
}

function grantOf({
  id,
  accessToken,
  issuedAt,
  expiresAt,
  scope,
  authorizationDetails,
}: AccessGrant): AccessGrant {
  return {
    ...(id === undefined ? {} : { id }),
    accessToken,
    ...(issuedAt === undefined ? {} : { issuedAt }),
    expiresAt,
    scope,
    ...(authorizationDetails && { authorizationDetails }),
  }
}
