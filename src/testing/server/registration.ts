/** What is registered at the server. Here no type of oidc-provider is used, which has none of its own: these are published. */

/** A public client: it has no secret, and must use PKCE. */
export interface RegisteredClient {
  readonly clientId: string
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
}

/** Claims about a user besides `sub`. */
export type UserClaims = Readonly<Record<string, unknown>>
