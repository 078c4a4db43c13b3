export {
  AuthError,
  isAuthError,
  type AuthErrorCode,
  type AuthErrorPhase,
} from '../contract/errors.ts'
export type { ClientDescription } from '../contract/messages.ts'
export type { AuthorizationDetail, Claims, Json, Session, SignedIn } from '../contract/session.ts'
export type { StepUp, StepUpRequirement } from '../contract/step-up.ts'
export type { EpochSeconds } from '../contract/units.ts'
export type {
  AuthClient,
  AuthClientEvents,
  AuthClientOptions,
  DownloadOptions,
  LoginLinkOptions,
  LoginOptions,
  LogoutOptions,
  Update,
} from './auth-client.ts'
export { createAuthClient } from './create-auth-client.ts'
export type { WorkerOptions } from './register-worker.ts'
