export { Auth0Client, createAuth0Client } from './auth0-client.ts'
export { AuthenticationError, GenericError, PopupCancelledError, PopupOpenError } from './errors.ts'
export type {
  Auth0ClientOptions,
  AuthorizationParams,
  ClientAuthorizationParams,
  IdToken,
  LogoutOptions,
  PopupLoginOptions,
  RedirectLoginOptions,
  RedirectLoginResult,
  User,
} from './options.ts'
