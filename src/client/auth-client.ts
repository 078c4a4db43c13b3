import type { AuthError } from '../contract/errors.ts'
import type { ClientDescription, LoginParameters } from '../contract/messages.ts'
import type { Claims, Session } from '../contract/session.ts'
import type { StepUp } from '../contract/step-up.ts'
import type { WorkerOptions } from './register-worker.ts'

export interface AuthClientOptions extends WorkerOptions {
  /** Name of the configured client whose session this is. Default: the first one. */
  readonly client?: string
  /**
   * Origin of the vault, to load its frame while the worker is still being asked for it. Default: what the build wrote into the
   * page as `<meta name="token-guardian-vault">`. The worker's configuration decides in any case.
   */
  readonly vaultOrigin?: string
  /** Milliseconds after which `ready` gives up and answers `unprotected`. Default 20000. */
  readonly readyTimeoutMs?: number
}

export interface LoginOptions extends Omit<LoginParameters, 'appState'> {
  /** Comes back in the session after the sign-in. A JSON value of at most 8 KiB; it is not secret. */
  readonly appState?: unknown
  readonly client?: string
}

export interface LoginLinkOptions extends LoginOptions {
  /** Where the link goes to: the user's email address, as a rule. */
  readonly loginHint: string
}

export interface LogoutOptions {
  /** Absolute or relative URL of this origin to land on. Default: the app's start page. */
  readonly returnTo?: string
  /** End the session here only: no revocation, no navigation to the authorization server. */
  readonly localOnly?: boolean
  readonly client?: string
}

export interface DownloadOptions {
  /** Name of the file, without a path. Default: what the API says in a `Content-Disposition` that it exposes, or the end of the URL. */
  readonly filename?: string
}

export interface AuthClientEvents {
  /** The session of this client changed, in whatever tab. */
  session: Session
  /** Something failed that no caller is waiting for. Of this client, or of none in particular. */
  error: AuthError
  /**
   * An API refused a request of this page, because it wants a stronger sign-in (RFC 9470); the answer went to the page as it is.
   * Nothing is sent again: after the sign-in it is for the app to repeat its call.
   */
  stepup: StepUp
  /** Loading this page anew would help. The library never does that by itself. */
  update: Update
}

export interface Update {
  /**
   * `waiting`: a newer version of the worker waits until the pages of this one are closed. `outdated`: page and worker are of
   * different versions; what both know goes on. `uncovered`: the worker does not get this page's requests any more. The last two
   * are not told to a page that was just reloaded, for then that did not help.
   */
  readonly reason: 'waiting' | 'outdated' | 'uncovered'
  /**
   * Lets a waiting version take over, for every page: at once, or when no sign-in, refresh or request is under way any more;
   * responses that still stream are ended after a minute. Reload when it resolves.
   * @throws AuthError `worker-unresponsive`, and the code of `unprotected` when the new version does not cover this page
   */
  readonly apply: () => Promise<void>
}

/** The page's side. It asks the guardian and never holds a token. Its calls need no `this`, so that they can be taken apart. */
export interface AuthClient {
  /**
   * Registers the worker, waits until this page's requests really go through it, and restores the session. Never rejects
   * for a worker that does not work: that is the session `unprotected`, with a code. May be called again.
   */
  ready(options?: { readonly signal?: AbortSignal }): Promise<Session>
  /** Last known; `unprotected` until `ready` was there. */
  readonly session: Session
  /** @returns a function that ends the subscription */
  on<Name extends keyof AuthClientEvents>(
    event: Name,
    listener: (detail: AuthClientEvents[Name]) => void,
  ): () => void
  /**
   * Navigates to the authorization server. Waits for `ready` first.
   * @throws AuthError the code of `unprotected`, `invalid-return-to`, `parameter-not-allowed`, `metadata-…`, `storage-unavailable`,
   * `vault-cross-site`, `login-in-frame`, `request-unsupported`. What fails later, such as `par-…`, is an `error` event of the page where it lands
   */
  loginWithRedirect(options?: LoginOptions): Promise<void>
  /**
   * Lets the authorization server mail a link that signs the user in, and stays on the page: show "check your email". The link
   * opens a new tab, must be opened in this browser within an hour, and signs in every tab. Needs `loginLink` in the client's
   * configuration. Each call may send a mail.
   * @throws AuthError `login-link-…`, `vault-cross-site`, and those of {@link loginWithRedirect}
   */
  sendLoginLink(options: LoginLinkOptions): Promise<void>
  /**
   * Signs in in a popup. Call it in a click handler. It is the way for a vault on another site than the app. The app's pages must
   * not have `Cross-Origin-Opener-Policy: same-origin`, which cuts a popup off (`same-origin-allow-popups` is fine).
   * @returns the session after the sign-in
   * @throws AuthError `popup-blocked`, `popup-closed`, and every code of a sign-in
   */
  loginWithPopup(options?: LoginOptions): Promise<Session>
  /**
   * Ends the session here at once, then at the server, to which it navigates if the server has a logout.
   * @throws AuthError the code of `unprotected`, `invalid-return-to`
   */
  logout(options?: LogoutOptions): Promise<void>
  /** The claims about the user, or `null` when nobody is signed in. */
  getUser(): Promise<Claims | null>
  /**
   * Gets a new access token now, also in the pause that calls keep after a refresh that failed; only a server's `Retry-After` is waited for.
   * @throws AuthError `refresh-unavailable`, `session-ended` and the other codes of a refresh, `not-signed-in`
   */
  refresh(): Promise<Session>
  /**
   * What the build configured for this client, to compare with what an app believes. A page cannot change any of it.
   * @throws AuthError the code of `unprotected`, `contract-mismatch`
   */
  configuration(): Promise<ClientDescription>
  /**
   * Makes a link of this origin from which an API's answer is downloaded with a token: once, within a minute, always as a file. Open it
   * by `location.assign(link)` or a link without the attribute `download`, with which engines go around the worker. A download that
   * fails shows a page that says why, and is an `error` event.
   * @param url absolute, of an API whose configuration has `download` in its `destinations`
   * @throws AuthError `download-not-allowed`, `storage-unavailable`, the code of `unprotected`
   */
  downloadUrl(url: string | URL, options?: DownloadOptions): Promise<string>
}
