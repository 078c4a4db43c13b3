import type { ParsedConfig, ParsedVault } from '../contract/config.ts'

/**
 * What the authorization servers must know of a vault, as text for whoever builds it. Servers compare redirect URIs letter by
 * letter, and what they say of one that differs is seen by the user on a page of theirs, never by the app.
 */
export function whatToRegister({ clients, logoutPath }: ParsedConfig, vault: ParsedVault): string {
  const { origin } = vault
  return clients
    .map(
      ({ issuer, clientId, redirectPath }) =>
        `token-guardian: register at ${issuer}, for the public client '${clientId}':\n` +
        `  redirect URI              ${origin}${redirectPath}\n` +
        `  post-logout redirect URI  ${origin}${logoutPath}\n` +
        `  origin for CORS           ${origin}`,
    )
    .join('\n')
}
