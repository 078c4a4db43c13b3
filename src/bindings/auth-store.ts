import type { AuthClient } from '../client/auth-client.ts'
import { UNKNOWN } from '../client/cover-page.ts'
import type { AuthError } from '../contract/errors.ts'
import type { Auth, AuthMethods, AuthState } from './auth-state.ts'
import { isOnServer } from './client-of.ts'

/** The one that watches a client for all components of a page. */
export interface AuthStore {
  readonly methods: AuthMethods
  readonly get: () => Auth
  /** Before anything is known, and what a server renders. */
  readonly getUnknown: () => Auth
  /** Begins with {@link start}. @returns a function that ends the subscription */
  readonly subscribe: (listener: () => void) => () => void
  /** Registers the worker, once. The promise is always the same one, and resolves when `isReady` is true. */
  readonly start: () => Promise<void>
  /** Tells all components of a failure of a call of the client. */
  readonly fail: (error: AuthError) => void
}

const stores = new WeakMap<AuthClient, AuthStore>()

export function storeOf(client: AuthClient): AuthStore {
  const store = stores.get(client) ?? makeStore(client)
  stores.set(client, store)
  return store
}

function makeStore(client: AuthClient): AuthStore {
  const listeners = new Set<() => void>()
  const { session: first, ...methods } = client
  const unknown: Auth = {
    ...methods,
    session: UNKNOWN,
    isReady: false,
    isSignedIn: false,
    user: null,
    error: null,
  }
  let state = unknown
  let starting: Promise<void> | undefined

  function change(part: Partial<AuthState>): void {
    const { session } = { ...state, ...part }
    const isSignedIn = session.status === 'signed-in'
    // The first session comes after the error of a redirect, which somebody who stayed signed in sees as well.
    const isNew = isSignedIn && state.isReady && !state.isSignedIn
    state = {
      ...state,
      ...part,
      isSignedIn,
      user: isSignedIn ? session.user : null,
      ...(isNew && { error: null }),
    }
    for (const listener of listeners) listener()
  }

  if (first.status !== 'unprotected') change({ session: first, isReady: true })

  const store: AuthStore = {
    methods,
    get: () => state,
    getUnknown: () => unknown,
    subscribe(listener) {
      if (!isOnServer) {
        listeners.add(listener)
        void store.start()
      }
      return () => void listeners.delete(listener)
    },
    start() {
      if (!starting) {
        // From the first moment, for a redirect may have failed. They last as long as the client does.
        client.on('session', (session) => change({ session }))
        client.on('error', (error) => change({ error }))
        starting = client.ready().then((session) => change({ session, isReady: true }))
      }
      return starting
    },
    fail: (error) => change({ error }),
  }
  return store
}
