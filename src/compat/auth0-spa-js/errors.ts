import { isAuthError } from '../../contract/errors.ts'
import type { Json } from '../../contract/session.ts'

/** An error as apps of auth0-spa-js know it. `cause` is the auth client's, whose `code` says what to do. */
export class GenericError extends Error {
  override readonly name: string = 'GenericError'
  readonly error: string
  readonly error_description: string

  constructor(error: string, error_description: string, options?: ErrorOptions) {
    super(error_description, options)
    this.error = error
    this.error_description = error_description
  }
}

/** The server answered the sign-in with an error. Its own description does not reach pages. */
export class AuthenticationError extends GenericError {
  override readonly name = 'AuthenticationError'
  readonly appState: Json | null = null
}

export class PopupCancelledError extends GenericError {
  override readonly name = 'PopupCancelledError'
}

export class PopupOpenError extends GenericError {
  override readonly name = 'PopupOpenError'
}

/** The auth client's errors by the names and codes of auth0-spa-js; everything else as it is. */
export function asAuth0Error(error: unknown): unknown {
  if (!isAuthError(error)) return error
  const { code, message, oauthError } = error
  const cause = { cause: error }
  if (code === 'popup-closed') return new PopupCancelledError('cancelled', message, cause)
  if (code === 'popup-blocked') return new PopupOpenError('popup_open', message, cause)
  return oauthError === undefined
    ? new GenericError(code, message, cause)
    : new AuthenticationError(oauthError, message, cause)
}
