import type { ClientConfig, ParsedClient } from '../../src/contract/config.ts'
import { epochSeconds, type EpochSeconds } from '../../src/contract/units.ts'
import { exchangeCode } from '../../sw/protocol/exchange-code.ts'
import { loadMetadata } from '../../sw/protocol/load-metadata.ts'
import { refreshTokens } from '../../sw/protocol/refresh-tokens.ts'
import { checkAuthorizationResponse } from '../../sw/protocol/authorization-response.ts'
import { Secret } from '../../sw/protocol/secret.ts'
import type { Server, Wire } from '../../sw/protocol/server.ts'
import type { TokenSet } from '../../sw/protocol/tokens.ts'
import { FakeServer, MARK } from './fake-server.ts'
import { ISSUER, configWith } from './parsed-config.ts'

export const REDIRECT_URI = 'https://app.example/auth/callback'
export const NONCE = 'the-nonce'

export interface ProtocolInTest {
  readonly server: FakeServer
  readonly wire: Wire
  readonly client: ParsedClient
  readonly metadata: Server
  readonly now: () => EpochSeconds
  /** Exchanges an honest code for what the fake server answers. */
  readonly exchange: (expected?: { nonce?: string; maxAge?: number }) => Promise<TokenSet>
  readonly refresh: (before: TokenSet) => Promise<TokenSet>
}

/** The OAuth steps against the fake server, whose metadata was loaded. */
export async function protocolInTest(
  change: Partial<ClientConfig> = {},
  timeoutMs = 5000,
): Promise<ProtocolInTest> {
  const server = await FakeServer.start()
  const now = (): EpochSeconds => epochSeconds(Date.now() / 1000)
  const wire: Wire = { fetch: server.fetch, now, timeoutMs }
  const config = configWith({ clients: { issuer: ISSUER, clientId: 'app', ...change } })
  const client = config.clients[0] as ParsedClient
  const metadata = await loadMetadata(client, wire)
  server.requests.length = 0
  return {
    server,
    wire,
    client,
    metadata,
    now,
    exchange: (expected = client.scope.includes('openid') ? { nonce: NONCE } : {}) => {
      const asked = `${ISSUER}/authorize?state=s&nonce=${expected.nonce ?? ''}`
      const response = server.authorize(asked)
      return exchangeCode(
        metadata,
        checkAuthorizationResponse({ client, issuerPromised: true }, response, 's'),
        {
          verifier: new Secret('code-verifier', `verifier-${MARK}-`.padEnd(43, 'x')),
          redirectUri: REDIRECT_URI,
          ...expected,
        },
        wire,
      )
    },
    refresh: (before) => {
      if (before.refreshToken === undefined) throw new Error('There is no refresh token')
      return refreshTokens(metadata, before.refreshToken, before, wire)
    },
  }
}

/** What a token set holds, with the secrets read: for comparisons in tests only. */
export function revealed(tokens: TokenSet): Record<string, unknown> {
  const { accessToken, refreshToken, idToken, further = {}, ...open } = tokens
  const others = Object.entries(further).map(([key, grant]) => [
    key,
    { ...grant, accessToken: grant.accessToken.reveal() },
  ])
  return {
    ...open,
    further: Object.fromEntries(others) as unknown,
    accessToken: accessToken.reveal(),
    refreshToken: refreshToken?.reveal(),
    idToken: idToken?.reveal(),
  }
}
