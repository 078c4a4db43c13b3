/** What the development server and those who sign users in at it agree on. */

/** Path on the authorization server where programs of this machine make and end sessions. */
export const SESSIONS_PATH = '/dev-server/sessions'

/** A cookie of the authorization server that a browser can be given. */
export interface SessionCookie {
  readonly name: string
  readonly value: string
}
