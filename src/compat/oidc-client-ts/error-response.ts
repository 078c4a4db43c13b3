import { isAuthError } from '../../contract/errors.ts'

/** What the authorization server answered instead of a sign-in. Its description does not reach pages; `cause` says what to do. */
export class ErrorResponse extends Error {
  override readonly name = 'ErrorResponse'
  readonly error: string
  readonly error_description = null
  readonly error_uri = null

  constructor(error: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.error = error
  }
}

/** An answer of the server as apps of oidc-client-ts know it; everything else as it is. */
export function asErrorResponse(error: unknown): unknown {
  return isAuthError(error) && error.oauthError !== undefined
    ? new ErrorResponse(error.oauthError, error.message, { cause: error })
    : error
}
