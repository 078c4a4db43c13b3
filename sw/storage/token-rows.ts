import { epochSeconds } from '../../src/contract/units.ts'
import { isJson } from '../../src/contract/parse-request.ts'
import type { Claims, Json } from '../../src/contract/session.ts'
import { Secret } from '../protocol/secret.ts'
import type { AnsweredStepUp, Identity, TokenSet } from '../protocol/tokens.ts'

interface Content {
  readonly tokens: TokenSet
  readonly appState?: Json
}

/** The text that is sealed. The one place besides requests where secrets are read. */
export function writeTokens({ tokens, appState }: Content): string {
  const { accessToken, refreshToken, idToken, ...open } = tokens
  return JSON.stringify({
    ...open,
    appState,
    accessToken: accessToken.reveal(),
    refreshToken: refreshToken?.reveal(),
    idToken: idToken?.reveal(),
  })
}

/** `undefined` for what is not a session's content: such a row is treated as if it were not there. */
export function readTokens(text: string): Content | undefined {
  const row = parseJson(text)
  if (!isRecord(row)) return undefined
  const {
    accessToken,
    refreshToken,
    idToken,
    expiresAt,
    scope,
    user,
    identity,
    userInfo,
    stepUp,
    appState,
  } = row
  if (typeof accessToken !== 'string' || !isRecord(user) || typeof user['sub'] !== 'string') {
    return undefined
  }
  if (!Array.isArray(scope) || !(expiresAt === null || typeof expiresAt === 'number')) {
    return undefined
  }
  return {
    tokens: {
      accessToken: new Secret('access-token', accessToken),
      ...(typeof refreshToken === 'string'
        ? { refreshToken: new Secret('refresh-token', refreshToken) }
        : {}),
      ...(typeof idToken === 'string' ? { idToken: new Secret('id-token', idToken) } : {}),
      expiresAt: expiresAt === null ? null : epochSeconds(expiresAt),
      scope: scope.filter((entry): entry is string => typeof entry === 'string'),
      user: user as Claims,
      ...(isIdentity(identity) ? { identity } : {}),
      ...(isRecord(userInfo) && typeof userInfo['sub'] === 'string'
        ? { userInfo: userInfo as Claims }
        : {}),
      ...(isAnsweredStepUp(stepUp) ? { stepUp } : {}),
    },
    ...(appState !== undefined && isJson(appState) ? { appState } : {}),
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
