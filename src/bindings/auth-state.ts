import type { AuthClient } from '../client/auth-client.ts'
import type { AuthError } from '../contract/errors.ts'
import type { Claims, Session } from '../contract/session.ts'

/** What components show. */
export interface AuthState {
  readonly session: Session
  /** False until it is known who is signed in; show neither the app nor a sign-in before. Always false on a server. */
  readonly isReady: boolean
  readonly isSignedIn: boolean
  /** The claims, while somebody is signed in. */
  readonly user: Claims | null
  /** The last error that no caller was waiting for, such as that of a redirect which led here. Gone after the next sign-in. */
  readonly error: AuthError | null
}

/** Calls of the client. They never change, and may be taken apart from the object. */
export type AuthMethods = Omit<AuthClient, 'session'>

/** Both. A new object with every change of the first, and the same one between changes. */
export type Auth = AuthState & AuthMethods
