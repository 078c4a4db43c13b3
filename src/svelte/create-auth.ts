import type { Auth, AuthMethods } from '../bindings/auth-state.ts'
import { storeOf } from '../bindings/auth-store.ts'
import { clientOf } from '../bindings/client-of.ts'
import type { AuthClient, AuthClientOptions } from '../client/auth-client.ts'

/** A store by Svelte's contract, `$auth` in a component, and the calls of the auth client, which `$auth` has as well. */
export interface AuthReadable extends AuthMethods {
  /** Tells the state at once and with every change. The first subscriber starts the client. */
  readonly subscribe: (run: (auth: Auth) => void) => () => void
}

/**
 * The client is made at once and does nothing on a server; equal options are one client.
 * @param given a client that the app made, or what to make one with
 */
export function createAuth(given?: AuthClient | AuthClientOptions): AuthReadable {
  const { methods, get, subscribe } = storeOf(clientOf(given))
  return {
    ...methods,
    subscribe(run) {
      run(get())
      return subscribe(() => run(get()))
    },
  }
}
