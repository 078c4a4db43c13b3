import type { LoginOptions } from '../../client/auth-client.ts'
import type { Claims, Json } from '../../contract/session.ts'
import type { OptionRule } from '../check-options.ts'
import { wordsOf } from '../words-of.ts'

export type User = Claims

/** The claims that the configuration lets pages see. */
export type IdToken = Claims & {
  /** @deprecated throws: no page has the ID Token */
  readonly __raw: string
}

export interface AuthorizationParams {
  /** Where in the app the user lands after the sign-in. It is not what is registered at the server. Default: the page that asks. */
  readonly redirect_uri?: string
  /** Compared with the scope of the worker's configuration; `openid` is always in it. */
  readonly scope?: string
  /** Compared with the audience of the worker's configuration. */
  readonly audience?: string
  readonly prompt?: 'none' | 'login' | 'consent' | 'select_account'
  /** Seconds. */
  readonly max_age?: string | number
  /** Space-separated. */
  readonly ui_locales?: string
  /** Space-separated. */
  readonly acr_values?: string
  readonly login_hint?: string
  /** `connection`, `organization`, `screen_hint` and others: names that `allowedLoginParams` of the worker's configuration lists. */
  readonly [name: string]: string | number | boolean | undefined
}

export type ClientAuthorizationParams = AuthorizationParams

export interface Auth0ClientOptions {
  /** Compared with the issuer of the worker's configuration. */
  readonly domain: string
  /** Instead of the domain's own. */
  readonly issuer?: string
  /** Compared with the client ID of the worker's configuration. */
  readonly clientId: string
  readonly authorizationParams?: ClientAuthorizationParams
  /** Where `scope` is named, the worker's configuration must ask for `offline_access` as well. */
  readonly useRefreshTokens?: true
  readonly useFormData?: true
}

export interface RedirectLoginOptions {
  readonly authorizationParams?: AuthorizationParams
  /** JSON. It is not secret. */
  readonly appState?: unknown
}

export interface PopupLoginOptions {
  readonly authorizationParams?: AuthorizationParams
}

export interface RedirectLoginResult {
  readonly appState?: Json
  readonly response_type: 'code'
}

export interface LogoutOptions {
  readonly logoutParams?: {
    /** Where in the app the user lands. */
    readonly returnTo?: string
  }
  /** `false` ends the session here only. */
  readonly openUrl?: false
}

const BUILD = (name: string): OptionRule => ({
  gone: `Pages configure nothing: it is \`${name}\` of the worker's configuration, at build time`,
})
const CACHE: OptionRule = {
  gone: 'The guardian keeps the tokens, and the sign-ins that are under way',
}
const FRAMES: OptionRule = {
  gone: 'Tokens are renewed without a frame, with the refresh token, when a request needs it',
}
const NO_URL = 'No page sees the URL of a sign-in or sign-out: the guardian navigates'

export const CLIENT_OPTIONS: Readonly<Record<string, OptionRule>> = {
  domain: 'used',
  issuer: 'used',
  clientId: 'used',
  authorizationParams: 'used',
  useRefreshTokens: { only: [true], why: 'The guardian renews tokens with the refresh token only' },
  useFormData: { only: [true], why: 'The guardian sends forms' },
  useRefreshTokensFallback: FRAMES,
  authorizeTimeoutInSeconds: FRAMES,
  httpTimeoutInSeconds: { gone: 'The guardian has deadlines of its own' },
  cacheLocation: CACHE,
  cache: CACHE,
  useCookiesForTransactions: CACHE,
  sessionCheckExpiryDays: CACHE,
  cookieDomain: CACHE,
  legacySameSiteCookie: CACHE,
  leeway: BUILD('clockToleranceSeconds'),
  useDpop: BUILD('dpop'),
  useMrrt: BUILD('resources'),
  workerUrl: { gone: 'The second argument takes the URL of the service worker' },
  nowProvider: { gone: 'The guardian has the clock' },
  refreshTokenMode: { gone: 'The server decides what refresh tokens it gives' },
  interactiveErrorHandler: { gone: 'Hear `stepup` of the auth client instead' },
  sessionTransferTokenQueryParamName: { gone: 'A sign-in cannot carry a token' },
  auth0Client: { gone: 'Nothing is told of the app' },
}

export const LOGIN_OPTIONS: Readonly<Record<string, OptionRule>> = {
  authorizationParams: 'used',
  appState: 'used',
  openUrl: { gone: NO_URL },
  onRedirect: { gone: NO_URL },
  fragment: { gone: NO_URL },
}

export const POPUP_OPTIONS: Readonly<Record<string, OptionRule>> = { authorizationParams: 'used' }

export const POPUP_CONFIG: Readonly<Record<string, OptionRule>> = {
  timeoutInSeconds: { gone: 'The popup is waited for until it is closed' },
  popup: { gone: 'The auth client opens it: call loginWithPopup() first thing in a click handler' },
  closePopup: { only: [true], why: 'The popup closes by itself' },
}

export const LOGOUT_OPTIONS: Readonly<Record<string, OptionRule>> = {
  logoutParams: 'used',
  openUrl: { only: [false], why: NO_URL },
  onRedirect: { gone: NO_URL },
  clientId: { gone: "It is that of the worker's configuration" },
}

export const LOGOUT_PARAMS: Readonly<Record<string, OptionRule>> = {
  returnTo: 'used',
  federated: { gone: 'Only the session at the authorization server is ended' },
}

/** The words of Auth0 in those of the auth client. */
export function loginOptions(
  {
    redirect_uri,
    prompt,
    max_age,
    ui_locales,
    acr_values,
    login_hint,
    scope: _compared,
    audience: _comparedToo,
    ...rest
  }: AuthorizationParams,
  appState?: unknown,
): LoginOptions {
  const more = Object.entries(rest).filter(([, value]) => value !== undefined)
  return {
    ...(redirect_uri !== undefined && { returnTo: redirect_uri }),
    ...(prompt !== undefined && { prompt }),
    ...(max_age !== undefined && { maxAge: Number(max_age) }),
    ...(ui_locales !== undefined && { uiLocales: wordsOf(ui_locales) }),
    ...(acr_values !== undefined && { acrValues: wordsOf(acr_values) }),
    ...(login_hint !== undefined && { loginHint: login_hint }),
    ...(appState !== undefined && { appState }),
    ...(more.length > 0 && {
      authorizationParams: Object.fromEntries(more.map(([name, value]) => [name, String(value)])),
    }),
  }
}
