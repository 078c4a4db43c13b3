import type { AuthClient, AuthClientOptions, LoginOptions } from '../../client/auth-client.ts'
import type { Session } from '../../contract/session.ts'
import { CheckedClient } from '../checked-client.ts'
import { checkOptions } from '../check-options.ts'
import { gone, NO_TOKEN } from '../gone.ts'
import { wordsOf } from '../words-of.ts'
import { asAuth0Error, GenericError } from './errors.ts'
import {
  CLIENT_OPTIONS,
  LOGIN_OPTIONS,
  loginOptions,
  LOGOUT_OPTIONS,
  LOGOUT_PARAMS,
  POPUP_CONFIG,
  POPUP_OPTIONS,
  type Auth0ClientOptions,
  type AuthorizationParams,
  type IdToken,
  type LogoutOptions,
  type PopupLoginOptions,
  type RedirectLoginOptions,
  type RedirectLoginResult,
  type User,
} from './options.ts'

/**
 * Makes the client, and waits until it is known who is signed in.
 * @param given an auth client that the app made, or what to make one with: the URL of the worker, if it is not `/sw.js`
 * @throws TypeError that lists the options which cannot be kept, or contradict the worker's configuration
 * @throws GenericError where no worker protects the page
 */
export async function createAuth0Client(
  options: Auth0ClientOptions,
  given?: AuthClient | AuthClientOptions,
): Promise<Auth0Client> {
  const client = new Auth0Client(options, given)
  await client.checkSession()
  return client
}

/** `Auth0Client` of auth0-spa-js, on an auth client. What gives tokens to a page rejects, and says what to do instead. */
export class Auth0Client {
  readonly #options: Auth0ClientOptions
  readonly #client: CheckedClient

  constructor(options: Auth0ClientOptions, given?: AuthClient | AuthClientOptions) {
    checkOptions('Auth0Client', options, CLIENT_OPTIONS)
    this.#options = options
    const { domain, issuer = domain, clientId, useRefreshTokens, authorizationParams } = options
    const { scope, audience } = authorizationParams ?? {}
    this.#client = new CheckedClient(given, {
      issuer: /^https?:\/\//.test(issuer) ? issuer : `https://${issuer}/`,
      clientId,
      audience,
      scope: expectedScope(scope, useRefreshTokens),
    })
  }

  /** Waits until it is known who is signed in. */
  async checkSession(): Promise<void> {
    await this.#ready()
  }

  async isAuthenticated(): Promise<boolean> {
    return (await this.#ready()).status === 'signed-in'
  }

  async getUser(): Promise<User | undefined> {
    const session = await this.#ready()
    return session.status === 'signed-in' ? session.user : undefined
  }

  /** The claims. Reading `__raw` throws; it does not show when they are logged, spread, cloned or made JSON. */
  async getIdTokenClaims(): Promise<IdToken | undefined> {
    const user = await this.getUser()
    return user && (Object.defineProperty({ ...user }, '__raw', { get: refuseRaw }) as IdToken)
  }

  async loginWithRedirect(options: RedirectLoginOptions = {}): Promise<void> {
    checkOptions('loginWithRedirect()', options, LOGIN_OPTIONS)
    const login = this.#loginOptions(options.authorizationParams, options.appState)
    await this.#ready()
    await this.#client.auth.loginWithRedirect(login).catch(rethrow)
  }

  /** On the page where the user lands. The guardian has completed the sign-in; there is nothing in the URL. */
  async handleRedirectCallback(): Promise<RedirectLoginResult> {
    const session = await this.#ready()
    if (session.status !== 'signed-in') {
      const { lastError } = this.#client
      throw lastError
        ? asAuth0Error(lastError)
        : new GenericError('missing_transaction', 'No sign-in has landed on this page')
    }
    const { appState } = session
    return { response_type: 'code', ...(appState !== undefined && { appState }) }
  }

  /** Call it in a click handler. */
  async loginWithPopup(options: PopupLoginOptions = {}, config: object = {}): Promise<void> {
    this.#client.refuseContradiction()
    checkOptions('loginWithPopup()', options, POPUP_OPTIONS)
    checkOptions('loginWithPopup()', config, POPUP_CONFIG)
    await this.#client.auth
      .loginWithPopup(this.#loginOptions(options.authorizationParams))
      .catch(rethrow)
    await this.#ready()
  }

  async logout(options: LogoutOptions = {}): Promise<void> {
    const { logoutParams = {}, openUrl } = options
    checkOptions('logout()', options, LOGOUT_OPTIONS)
    checkOptions('logout()', logoutParams, LOGOUT_PARAMS)
    await this.#ready()
    const { returnTo } = logoutParams
    const logout = {
      ...(returnTo !== undefined && { returnTo }),
      ...(openUrl === false && { localOnly: true }),
    }
    await this.#client.auth.logout(logout).catch(rethrow)
  }

  getConfiguration(): Readonly<Pick<Auth0ClientOptions, 'domain' | 'clientId'>> {
    const { domain, clientId } = this.#options
    return { domain, clientId }
  }

  /** @deprecated rejects: no page has a token */
  async getTokenSilently(): Promise<string> {
    throw gone('getTokenSilently()', NO_TOKEN)
  }

  /** @deprecated rejects: no page has a token */
  async getTokenWithPopup(): Promise<string | undefined> {
    throw gone('getTokenWithPopup()', NO_TOKEN)
  }

  /** @deprecated throws: `fetch` is what it made */
  createFetcher(): never {
    throw gone('createFetcher()', NO_TOKEN)
  }

  /** @deprecated rejects */
  async revokeRefreshToken(): Promise<never> {
    throw gone('revokeRefreshToken()', 'logout() revokes it with the session.')
  }

  /** @deprecated rejects */
  async exchangeToken(): Promise<never> {
    throw gone(
      'exchangeToken()',
      'Name the API in `resources` of the configuration: the guardian gets a token for it.',
    )
  }

  /** @deprecated rejects */
  async loginWithCustomTokenExchange(): Promise<never> {
    throw gone(
      'loginWithCustomTokenExchange()',
      'A page has no token to exchange: use loginWithRedirect().',
    )
  }

  /** @deprecated rejects */
  async connectAccountWithRedirect(): Promise<never> {
    throw gone(
      'connectAccountWithRedirect()',
      'It needs a token in the page. Let your API link accounts.',
    )
  }

  /** @deprecated rejects */
  async generateDpopProof(): Promise<never> {
    throw gone(
      'generateDpopProof()',
      'The guardian adds proofs to the requests itself: set `dpop` in its configuration.',
    )
  }

  async #ready(): Promise<Session> {
    return this.#client.ready().catch(rethrow)
  }

  #loginOptions(params: AuthorizationParams = {}, appState?: unknown): LoginOptions {
    const own = this.#options.authorizationParams ?? {}
    for (const name of ['scope', 'audience'] as const) {
      if (params[name] === undefined || params[name] === own[name]) continue
      throw new TypeError(
        `${name} is that of the worker's configuration, and of the client's options if they name it; a single sign-in cannot ask for another`,
      )
    }
    return loginOptions({ ...own, ...params }, appState)
  }
}

/** What auth0-spa-js would ask for. Left out here, it is the worker's business alone. */
function expectedScope(
  scope: string | undefined,
  useRefreshTokens: boolean | undefined,
): readonly string[] | undefined {
  if (scope === undefined) return undefined
  const offline = useRefreshTokens ? ['offline_access'] : []
  return [...new Set(['openid', ...wordsOf(scope), ...offline])]
}

function rethrow(error: unknown): never {
  throw asAuth0Error(error)
}

function refuseRaw(): never {
  throw gone('__raw of the ID Token', NO_TOKEN)
}
