export type { Auth, AuthMethods, AuthState } from '../bindings/auth-state.ts'
export { AuthProvider, type AuthProviderProps } from './auth-provider.ts'
export { RequireAuth, type RequireAuthProps } from './require-auth.ts'
export { useAuth, useSuspenseAuth } from './use-auth.ts'
