import type { AuthClient, AuthClientOptions } from '../../client/auth-client.ts'
import type { Session, SignedIn } from '../../contract/session.ts'
import { CheckedClient } from '../checked-client.ts'
import { checkOptions } from '../check-options.ts'
import { gone } from '../gone.ts'
import { wordsOf } from '../words-of.ts'
import { asErrorResponse, ErrorResponse } from './error-response.ts'
import {
  loginOptions,
  SETTINGS,
  SIGNIN_ARGS,
  SIGNIN_SILENT_ARGS,
  SIGNOUT_ARGS,
  type SigninPopupArgs,
  type SigninRedirectArgs,
  type SigninSilentArgs,
  type SignoutRedirectArgs,
  type UserManagerSettings,
} from './settings.ts'
import { User } from './user.ts'
import { UserManagerEvents } from './user-manager-events.ts'

const DEFAULT_NOTICE_SECONDS = 60

/**
 * `UserManager` of oidc-client-ts, on an auth client: the calls that most apps make, under their names. What cannot be had without
 * a token, a frame or a store of the page throws, and says what to do instead.
 */
export class UserManager {
  readonly settings: UserManagerSettings
  readonly events: UserManagerEvents
  readonly #client: CheckedClient
  #session: Session

  /**
   * @param given an auth client that the app made, or what to make one with: the URL of the worker, if it is not `/sw.js`
   * @throws TypeError that lists the settings which cannot be kept
   */
  constructor(settings: UserManagerSettings, given?: AuthClient | AuthClientOptions) {
    checkOptions('UserManager', settings, SETTINGS)
    this.settings = settings
    this.events = new UserManagerEvents(
      settings.accessTokenExpiringNotificationTimeInSeconds ?? DEFAULT_NOTICE_SECONDS,
    )
    this.#client = new CheckedClient(given, {
      issuer: settings.authority,
      clientId: settings.client_id,
      scope: settings.scope === undefined ? undefined : wordsOf(settings.scope),
    })
    const { auth } = this.#client
    this.#session = auth.session
    this.events.watch(userOf(this.#session))
    auth.on('session', (session) => this.#hear(session))
    auth.on('error', (error) => {
      if (error.phase === 'refresh') this.events.raiseSilentRenewError(error)
    })
  }

  /** @param raiseEvent whether `userLoaded` is told of it. Default false */
  async getUser(raiseEvent = false): Promise<User | null> {
    const user = userOf(await this.#client.ready())
    if (user && raiseEvent) this.events.raiseUserLoaded(user)
    return user
  }

  /** Ends the session here, not at the server; other tabs hear of it. */
  async removeUser(): Promise<void> {
    await this.#client.ready()
    await this.#client.auth.logout({ localOnly: true })
  }

  async signinRedirect(args: SigninRedirectArgs = {}): Promise<void> {
    const options = this.#loginOptions('signinRedirect()', args)
    await this.#client.ready()
    await this.#client.auth.loginWithRedirect(options)
  }

  /** On the page where the user lands. The guardian has completed the sign-in; there is nothing in the URL. */
  async signinRedirectCallback(): Promise<User> {
    const user = userOf(await this.#client.ready())
    if (user === null) {
      const { lastError } = this.#client
      throw lastError ? asErrorResponse(lastError) : new Error('No sign-in has landed on this page')
    }
    this.events.raiseUserLoaded(user)
    return user
  }

  async signinCallback(): Promise<User> {
    return this.signinRedirectCallback()
  }

  /** Call it in a click handler. */
  async signinPopup(args: SigninPopupArgs = {}): Promise<User> {
    this.#client.refuseContradiction()
    const options = this.#loginOptions('signinPopup()', args)
    try {
      const session = await this.#client.auth.loginWithPopup(options)
      await this.#client.ready()
      const user = userOf(session)
      if (user) return user
    } catch (error) {
      throw asErrorResponse(error)
    }
    throw new Error('The popup ended without a sign-in')
  }

  /** A new access token now. Without a session there is nothing to renew, and no frame in which the server could be asked. */
  async signinSilent(args: SigninSilentArgs = {}): Promise<User | null> {
    checkOptions('signinSilent()', args, SIGNIN_SILENT_ARGS)
    this.#refuseOtherScope('signinSilent()', args.scope)
    const session = await this.#client.ready()
    if (session.status !== 'signed-in') {
      throw new ErrorResponse(
        'login_required',
        'Nobody is signed in. Whether the server knows the user can be asked by signinRedirect({ prompt: "none" })',
      )
    }
    try {
      return userOf(await this.#client.auth.refresh())
    } catch (error) {
      throw asErrorResponse(error)
    }
  }

  /** Ends the session here, revokes its tokens, and ends it at the server. */
  async signoutRedirect(args: SignoutRedirectArgs = {}): Promise<void> {
    checkOptions('signoutRedirect()', args, SIGNOUT_ARGS)
    await this.#client.ready()
    const returnTo = args.post_logout_redirect_uri ?? this.settings.post_logout_redirect_uri
    await this.#client.auth.logout(returnTo === undefined ? {} : { returnTo })
  }

  /** On the page where the user lands: the guardian has looked at the response. */
  async signoutRedirectCallback(): Promise<Record<string, never>> {
    await this.#client.ready()
    return {}
  }

  async signoutCallback(): Promise<Record<string, never>> {
    return this.signoutRedirectCallback()
  }

  /** Nothing to do: the guardian renews the token when a request needs it. */
  startSilentRenew(): void {}

  /** Nothing to do: the guardian forgets what is too old. */
  async clearStaleState(): Promise<void> {}

  /** @deprecated throws */
  stopSilentRenew(): never {
    throw gone(
      'stopSilentRenew()',
      'The token is renewed when a request needs it, until the session ends. Delete the call.',
    )
  }

  /** @deprecated rejects */
  async signinPopupCallback(): Promise<never> {
    throw gone(
      'signinPopupCallback()',
      'Popups end on a page of the guardian. Delete the page that calls it.',
    )
  }

  /** @deprecated rejects */
  async signinSilentCallback(): Promise<never> {
    throw gone(
      'signinSilentCallback()',
      'Tokens are renewed without a frame. Delete the page that calls it.',
    )
  }

  /** @deprecated rejects */
  async signinResourceOwnerCredentials(): Promise<never> {
    throw gone(
      'signinResourceOwnerCredentials()',
      'No page may see the password: use signinRedirect() or signinPopup().',
    )
  }

  /** @deprecated rejects */
  async signoutPopup(): Promise<never> {
    throw gone(
      'signoutPopup()',
      'Use signoutRedirect(), or removeUser() to end the session here only.',
    )
  }

  /** @deprecated rejects */
  async signoutSilent(): Promise<never> {
    throw gone(
      'signoutSilent()',
      'Use signoutRedirect(), or removeUser() to end the session here only.',
    )
  }

  /** @deprecated rejects */
  async revokeTokens(): Promise<never> {
    throw gone('revokeTokens()', 'signoutRedirect() revokes them with the session.')
  }

  /** @deprecated rejects */
  async storeUser(): Promise<never> {
    throw gone('storeUser()', 'The guardian keeps the session, and no page can put one in.')
  }

  /** @deprecated rejects */
  async querySessionStatus(): Promise<never> {
    throw gone(
      'querySessionStatus()',
      'No frame asks the server. Use signinRedirect({ prompt: "none" }).',
    )
  }

  /** @deprecated rejects */
  async dpopProof(): Promise<never> {
    throw gone(
      'dpopProof()',
      'The guardian adds proofs to the requests itself: set `dpop` in its configuration.',
    )
  }

  /** @deprecated throws */
  get metadataService(): never {
    throw gone('metadataService', 'The worker alone speaks to the server.')
  }

  #loginOptions(where: string, args: SigninRedirectArgs): ReturnType<typeof loginOptions> {
    checkOptions(where, args, SIGNIN_ARGS)
    this.#refuseOtherScope(where, args.scope)
    return loginOptions({ ...this.settings, ...args })
  }

  /** What a page asks for is the worker's configuration, for one sign-in as for all. */
  #refuseOtherScope(where: string, scope: string | undefined): void {
    if (scope === undefined || scope === this.settings.scope) return
    throw new TypeError(
      `${where}: the scope is that of the worker's configuration, and of the settings if they name it; a single call cannot ask for another`,
    )
  }

  #hear(session: Session): void {
    const before = this.#session
    this.#session = session
    const user = userOf(session)
    if (user && before.status !== 'unprotected' && isNew(session, before))
      this.events.raiseUserLoaded(user)
    if (!user && before.status === 'signed-in') this.events.raiseUserUnloaded()
    this.events.watch(user)
  }
}

function userOf(session: Session): User | null {
  return session.status === 'signed-in' ? new User(session) : null
}

/** Another user, or another access token. A session that becomes stale is neither. */
function isNew(session: Session, before: Session): boolean {
  if (before.status !== 'signed-in') return true
  const { user, expiresAt } = session as SignedIn
  return user.sub !== before.user.sub || expiresAt !== before.expiresAt
}
