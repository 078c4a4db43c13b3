import type { AuthClient, AuthClientOptions } from '../client/auth-client.ts'
import { createAuthClient } from '../client/create-auth-client.ts'

const clients = new Map<string, AuthClient>()

/** While a server renders nobody is known, and clients are made and do nothing. */
export const isOnServer = typeof document === 'undefined'

/**
 * The client that was given, or the one for these options: one for each set of them in a page. A framework may run the code of a
 * component more often than it shows it, and throw away what that made; a client listens for as long as the page is there.
 */
export function clientOf(given: AuthClient | AuthClientOptions = {}): AuthClient {
  if ('ready' in given) return given
  const name = JSON.stringify(given)
  const client = clients.get(name) ?? createAuthClient(given)
  clients.set(name, client)
  return client
}
