import type { ClientConfig, GuardianConfig } from 'token-guardian/vite'

/** What a test may want other than the demo: response mode, storage and the like. */
export interface GuardianOverrides {
  readonly client?: Partial<ClientConfig>
  readonly guardian?: Partial<GuardianConfig>
}

/** The demo's guardian: one client at one authorization server, one API. */
export function guardianConfig(
  asOrigin: string,
  apiOrigin: string,
  { client = {}, guardian = {} }: GuardianOverrides = {},
): GuardianConfig {
  return {
    topology: 'same-origin',
    clients: {
      issuer: asOrigin,
      clientId: 'demo',
      scope: 'openid profile email offline_access api:read api:write',
      ...client,
    },
    resources: [{ url: `${apiOrigin}/v1/` }],
    ...guardian,
  }
}
