export type { AuthMethods, AuthState } from '../bindings/auth-state.ts'
export { createAuth, useAuth, type AuthRefs } from './create-auth.ts'
