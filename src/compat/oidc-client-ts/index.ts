export { ErrorResponse } from './error-response.ts'
export type {
  SigninPopupArgs,
  SigninRedirectArgs,
  SigninSilentArgs,
  SignoutRedirectArgs,
  UserManagerSettings,
} from './settings.ts'
export { User, type UserProfile } from './user.ts'
export { UserManager } from './user-manager.ts'
export type { UserManagerEvents } from './user-manager-events.ts'
