export type { Auth, AuthMethods, AuthState } from '../bindings/auth-state.ts'
export { createAuth, type AuthReadable } from './create-auth.ts'
