import type { ParsedConfig } from '../contract/config.ts'

/**
 * What the authorization servers must know of a guardian, as text for whoever builds it. Servers compare redirect URIs letter by
 * letter, and what they say of one that differs is seen by the user on a page of theirs, never by the app.
 */
export function whatToRegister({ clients, logoutPath, vault }: ParsedConfig): string {
  // On one origin the configuration does not say which one that is.
  const origin = vault?.origin ?? "https://<the app's host>"
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
