import { epochSeconds } from '../../src/contract/units.ts'
import { isAuthorizationDetail } from '../../src/contract/parse-authorization-details.ts'
import { isJson } from '../../src/contract/parse-request.ts'
import type { Claims, Json } from '../../src/contract/session.ts'
import { Secret } from '../protocol/secret.ts'
import type { AccessGrant, AnsweredStepUp, Identity, TokenSet } from '../protocol/tokens.ts'

interface Content {
  readonly tokens: TokenSet
  readonly appState?: Json
}

/** The text that is sealed. The one place besides requests where secrets are read. */
export function writeTokens({ tokens, appState }: Content): string {
  const { accessToken, refreshToken, idToken, further, ...open } = tokens
  return JSON.stringify({
    ...open,
    appState,
    further: further && writeGrants(further),
    accessToken: accessToken.reveal(),
    refreshToken: refreshToken?.reveal(),
    idToken: idToken?.reveal(),
  })
}

/** `undefined` for what is not a session's content: such a row is treated as if it were not there. */
export function readTokens(text: string): Content | undefined {
  const row = parseJson(text)
  if (!isRecord(row)) return undefined
  const { refreshToken, idToken, target, further, user, identity, stepUp, appState } = row
  const { userInfo, userInfoDue } = row
  const grant = readGrant(row)
  if (grant === undefined || !isRecord(user) || typeof user['sub'] !== 'string') return undefined
  return {
    tokens: {
      ...grant,
      ...(typeof target === 'string' ? { target } : {}),
      ...(isRecord(further) ? { further: readGrants(further) } : {}),
      ...(typeof refreshToken === 'string'
        ? { refreshToken: new Secret('refresh-token', refreshToken) }
        : {}),
      ...(typeof idToken === 'string' ? { idToken: new Secret('id-token', idToken) } : {}),
      user: user as Claims,
      ...(isIdentity(identity) ? { identity } : {}),
      ...(isRecord(userInfo) && typeof userInfo['sub'] === 'string'
        ? { userInfo: userInfo as Claims }
        : {}),
      ...(typeof userInfoDue === 'string' ? { userInfoDue } : {}),
      ...(isAnsweredStepUp(stepUp) ? { stepUp } : {}),
    },
    ...(appState !== undefined && isJson(appState) ? { appState } : {}),
  }
}

function writeGrants(grants: Readonly<Record<string, AccessGrant>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(grants).map(([key, { accessToken, ...open }]) => [
      key,
      { ...open, accessToken: accessToken.reveal() },
    ]),
  )
}

/** What cannot be read is as if it had not been got yet. */
function readGrants(rows: Record<string, unknown>): Record<string, AccessGrant> {
  return Object.fromEntries(
    Object.entries(rows).flatMap(([key, row]) => {
      const grant = isRecord(row) ? readGrant(row) : undefined
      return grant ? [[key, grant]] : []
    }),
  )
}

function readGrant({
  id,
  accessToken,
  issuedAt,
  expiresAt,
  scope,
  authorizationDetails,
}: Record<string, unknown>): AccessGrant | undefined {
  if (typeof accessToken !== 'string' || !Array.isArray(scope)) return undefined
  if (!(expiresAt === null || typeof expiresAt === 'number')) return undefined
  return {
    ...(typeof id === 'string' ? { id } : {}),
    accessToken: new Secret('access-token', accessToken),
    ...(typeof issuedAt === 'number' ? { issuedAt: epochSeconds(issuedAt) } : {}),
    expiresAt: expiresAt === null ? null : epochSeconds(expiresAt),
    scope: scope.filter((entry): entry is string => typeof entry === 'string'),
    ...(Array.isArray(authorizationDetails) && authorizationDetails.every(isAuthorizationDetail)
      ? { authorizationDetails }
      : {}),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isIdentity(value: unknown): value is Identity {
  return (
    isRecord(value) &&
    typeof value['iss'] === 'string' &&
    typeof value['sub'] === 'string' &&
    Array.isArray(value['aud'])
  )
}

function isAnsweredStepUp(value: unknown): value is AnsweredStepUp {
  if (!isRecord(value)) return false
  const { acrValues, maxAge, at, attempts } = value
  return (
    (acrValues === undefined || Array.isArray(acrValues)) &&
    (maxAge === undefined || typeof maxAge === 'number') &&
    typeof at === 'number' &&
    typeof attempts === 'number'
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
