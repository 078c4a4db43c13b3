import type { Claims, Json, SignedIn } from '../../contract/session.ts'
import { gone, NO_TOKEN } from '../gone.ts'

/** The claims that the configuration lets pages see. */
export type UserProfile = Claims

/**
 * Who is signed in. What holds tokens in oidc-client-ts throws when it is read by name. It belongs to the prototype, so that a user
 * can be logged, spread, cloned and made JSON, and shows nothing.
 */
export class User {
  readonly profile: UserProfile
  /** Space-separated. */
  readonly scope: string
  /** Epoch seconds at which the access token expires. It is renewed without the app. */
  readonly expires_at: number | undefined
  readonly session_state = null
  /** What the app passed as `state` to the sign-in. */
  readonly state: Json | undefined

  /** @internal Made of sessions only. */
  constructor({ user, scope, expiresAt, appState }: SignedIn) {
    this.profile = user
    this.scope = scope.join(' ')
    this.expires_at = expiresAt ?? undefined
    this.state = appState
  }

  /** Seconds. */
  get expires_in(): number | undefined {
    return this.expires_at === undefined
      ? undefined
      : this.expires_at - Math.floor(Date.now() / 1000)
  }

  /** An expired token ends no session: it is renewed with the next request. */
  get expired(): boolean | undefined {
    return this.expires_in === undefined ? undefined : this.expires_in <= 0
  }

  get scopes(): string[] {
    return this.scope === '' ? [] : this.scope.split(' ')
  }

  /** @deprecated throws: no page has a token */
  get access_token(): string {
    throw gone('user.access_token', NO_TOKEN)
  }

  /** @deprecated throws: no page has a token */
  get refresh_token(): string {
    throw gone('user.refresh_token', 'The guardian renews the access token when it is needed.')
  }

  /** @deprecated throws: no page has a token */
  get id_token(): string {
    throw gone(
      'user.id_token',
      'Its claims are in user.profile, as far as `claims` of the client allows.',
    )
  }

  /** @deprecated throws: without a token it has no use */
  get token_type(): string {
    throw gone('user.token_type', NO_TOKEN)
  }

  /** @deprecated throws: the guardian keeps the session */
  toStorageString(): string {
    throw gone('user.toStorageString()', 'The guardian keeps the session: call getUser().')
  }

  /** @deprecated throws: the guardian keeps the session */
  static fromStorageString(): User {
    throw gone('User.fromStorageString()', 'The guardian keeps the session: call getUser().')
  }
}
