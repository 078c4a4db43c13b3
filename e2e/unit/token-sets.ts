import { epochSeconds } from '../../src/contract/units.ts'
import { Secret } from '../../sw/protocol/secret.ts'
import type { TokenSet } from '../../sw/protocol/tokens.ts'

/** A set of tokens that can be told from others by its number, and found by the text `S3CRET`. */
export function tokenSet(number: number): TokenSet {
  return {
    accessToken: new Secret('access-token', `at-S3CRET-${number}`),
    refreshToken: new Secret('refresh-token', `rt-S3CRET-${number}`),
    idToken: new Secret('id-token', `id-S3CRET-${number}`),
    expiresAt: epochSeconds(1_800_000_000 + number),
    scope: ['openid'],
    user: { sub: 'user-1' },
    identity: { iss: 'https://as.example', sub: 'user-1', aud: ['app'] },
  }
}
