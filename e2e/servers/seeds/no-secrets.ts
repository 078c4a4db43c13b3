import type { IssuedSecrets } from '../issued-secrets.ts'

/** What a service hands out, for tests: lists that it adds to. */
export type Lists = { -readonly [Kind in keyof IssuedSecrets]: string[] }

export function noSecrets(): Lists {
  return {
    codes: [],
    states: [],
    nonces: [],
    challenges: [],
    verifiers: [],
    accessTokens: [],
    refreshTokens: [],
    idTokens: [],
    usedRefreshTokens: [],
    refusedRefreshTokens: [],
  }
}
