'use client'

import { useSyncExternalStore } from 'react'
import type { Auth } from '../bindings/auth-state.ts'
import { storeOf } from '../bindings/auth-store.ts'
import { isOnServer } from '../bindings/client-of.ts'
import { useClient } from './auth-provider.ts'

/**
 * Who is signed in, and the calls of the auth client. The component is rendered anew when the first changes; the calls never
 * change. While a server renders, and until it is known here, `isReady` is false.
 */
export function useAuth(): Auth {
  const { subscribe, get, getUnknown } = storeOf(useClient())
  return useSyncExternalStore(subscribe, get, getUnknown)
}

/**
 * The same for components in a `<Suspense>`: waits until `isReady`. A server shows the fallback of the boundary.
 * @throws Promise the same one every time
 */
export function useSuspenseAuth(): Auth {
  const { subscribe, get, start } = storeOf(useClient())
  // No server rendered what it cannot know, so there is nothing to agree with.
  const auth = useSyncExternalStore(subscribe, get, get)
  if (auth.isReady) return auth
  if (isOnServer) throw new Error('No server knows')
  throw start()
}
