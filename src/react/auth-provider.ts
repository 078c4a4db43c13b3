'use client'

import { createContext, createElement, useContext, type ReactElement, type ReactNode } from 'react'
import { clientOf } from '../bindings/client-of.ts'
import type { AuthClient, AuthClientOptions } from '../client/auth-client.ts'

const Client = createContext<AuthClient | undefined>(undefined)

export interface AuthProviderProps {
  /** A client that the app made. */
  readonly client?: AuthClient | undefined
  /** Without `client`: what to make one with. Equal options are one client. */
  readonly options?: AuthClientOptions | undefined
  readonly children?: ReactNode
}

/** Gives everything inside the auth client. It starts with the first component that asks. */
export function AuthProvider({ client, options, children }: AuthProviderProps): ReactElement {
  return createElement(Client.Provider, { value: clientOf(client ?? options) }, children)
}

/** @throws Error outside of an {@link AuthProvider} */
export function useClient(): AuthClient {
  const client = useContext(Client)
  if (!client) throw new Error('No <AuthProvider> here')
  return client
}
