import type { ClientConfig, GuardianConfig, ResourceConfig } from 'token-guardian/vite'

/** What a test may want other than the demo: response mode, storage and the like. */
export interface GuardianOverrides {
  readonly client?: Partial<ClientConfig>
  readonly resource?: Partial<ResourceConfig>
  readonly guardian?: Partial<GuardianConfig>
}

export interface DemoOrigins {
  readonly as: string
  readonly api: string
  readonly app: string
  /** Absent: the demo is built for the same-origin topology. */
  readonly vault?: string
}

/** The demo's guardian: one client at one authorization server, one API. */
export function guardianConfig(
  { as, api, app, vault }: DemoOrigins,
  { client = {}, resource = {}, guardian = {} }: GuardianOverrides = {},
): GuardianConfig {
  return {
    ...(vault === undefined
      ? { topology: 'same-origin' }
      : { topology: 'vault', vaultOrigin: vault, appOrigins: [app] }),
    clients: {
      issuer: as,
      clientId: 'demo',
      scope: 'openid profile email offline_access api:read api:write',
      ...client,
    },
    resources: [{ url: `${api}/v1/`, ...resource }],
    ...guardian,
  }
}
