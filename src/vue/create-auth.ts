import {
  computed,
  hasInjectionContext,
  inject,
  shallowRef,
  type App,
  type ComputedRef,
  type InjectionKey,
} from 'vue'
import type { AuthMethods, AuthState } from '../bindings/auth-state.ts'
import { storeOf } from '../bindings/auth-store.ts'
import { clientOf } from '../bindings/client-of.ts'
import type { AuthClient, AuthClientOptions } from '../client/auth-client.ts'

/** Who is signed in, as refs to read, and the calls of the auth client. */
export type AuthRefs = AuthMethods & {
  readonly [Name in keyof AuthState]: ComputedRef<AuthState[Name]>
}

const key: InjectionKey<AuthRefs> = Symbol('token-guardian')

/**
 * The plugin for `app.use()`, which starts the client, and the same refs and calls for code outside of components, such as a
 * router's guards. On a server nothing is started; equal options are one client.
 * @param given a client that the app made, or what to make one with
 */
export function createAuth(
  given?: AuthClient | AuthClientOptions,
): AuthRefs & { readonly install: (app: App) => void } {
  const store = storeOf(clientOf(given))
  const state = shallowRef(store.get())
  const auth: AuthRefs = {
    ...store.methods,
    session: computed(() => state.value.session),
    isReady: computed(() => state.value.isReady),
    isSignedIn: computed(() => state.value.isSignedIn),
    user: computed(() => state.value.user),
    error: computed(() => state.value.error),
  }
  return {
    ...auth,
    install(app) {
      app.provide(key, auth)
      app.onUnmount(
        store.subscribe(() => {
          state.value = store.get()
        }),
      )
    },
  }
}

/** @throws Error outside of `setup()` and of what has the app's injections, and where the plugin is missing */
export function useAuth(): AuthRefs {
  const auth = hasInjectionContext() ? inject(key, null) : undefined
  if (auth) return auth
  throw new Error(
    auth === null
      ? 'useAuth() found no plugin: call app.use(createAuth()) before the app is mounted'
      : 'useAuth() works in setup() only: elsewhere import the object that createAuth() returned',
  )
}
