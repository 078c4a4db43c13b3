'use client'

import { useEffect, useState, type ReactNode } from 'react'
import type { Auth } from '../bindings/auth-state.ts'
import { storeOf } from '../bindings/auth-store.ts'
import type { AuthClient, LoginOptions } from '../client/auth-client.ts'
import { useClient } from './auth-provider.ts'
import { useAuth } from './use-auth.ts'

export interface RequireAuthProps {
  readonly children?: ReactNode
  /** Shown while nobody is signed in, or it is not known yet. A function gets what {@link useAuth} returns. Default: nothing. */
  readonly fallback?: ReactNode | ((auth: Auth) => ReactNode)
  /**
   * Begins a sign-in by redirect, with these options if there are any. Default false. It is not begun after an error, after
   * somebody signed out here, or where no worker protects the page: let the fallback offer it then.
   */
  readonly login?: boolean | LoginOptions
}

/** Shows its children to those who are signed in. It hides, and protects nothing: what is secret comes from an API. */
export function RequireAuth({ children, fallback, login }: RequireAuthProps): ReactNode {
  const client = useClient()
  const auth = useAuth()
  const { isReady, isSignedIn, error, session } = auth
  const [wasSignedIn, setWasSignedIn] = useState(false)
  if (isSignedIn && !wasSignedIn) setWasSignedIn(true)
  // After a failure, or after somebody signed out, another sign-in is for the user to want, or it would go round in circles. A
  // session that the server ended has a code.
  const isWanted = session.status !== 'unprotected' && (!wasSignedIn || 'code' in session)
  const leaves = !!login && isReady && isWanted && !error
  useEffect(() => {
    if (!leaves) return undefined
    const start = (): void => leave(client, { ...(login as LoginOptions) })
    // The browser's back button may bring the page back as it was, with the sign-in begun.
    const returned = ({ persisted }: PageTransitionEvent): void => {
      if (persisted) start()
    }
    start()
    addEventListener('pageshow', returned)
    return () => removeEventListener('pageshow', returned)
    // What a login is to be does not begin another one.
  }, [client, leaves])
  if (isSignedIn) return children
  return typeof fallback === 'function' ? fallback(auth) : fallback
}

let isLeaving = false

/** One at a time in a page, for an effect may run twice, and several components may want it. */
function leave(client: AuthClient, options: LoginOptions): void {
  if (isLeaving) return
  isLeaving = true
  client
    .loginWithRedirect(options)
    .catch(storeOf(client).fail)
    .finally(() => {
      isLeaving = false
    })
}
