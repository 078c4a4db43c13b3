import type { LoginOptions } from '../../client/auth-client.ts'
import type { OptionRule } from '../check-options.ts'
import { wordsOf } from '../words-of.ts'

/** What an authorization request may be asked for with, in settings for all of them or in arguments for one. */
interface RequestSettings {
  /** Compared with the scope of the worker's configuration. */
  readonly scope?: string
  readonly prompt?: string
  /** Seconds. */
  readonly max_age?: number
  /** Space-separated. */
  readonly ui_locales?: string
  /** Space-separated. */
  readonly acr_values?: string
  /** Names that `allowedLoginParams` of the worker's configuration lists. */
  readonly extraQueryParams?: Readonly<Record<string, string | number | boolean>>
  /** Where in the app the user lands after the sign-in. It is not what is registered at the server. Default: the page that asks. */
  readonly redirect_uri?: string
  readonly response_type?: 'code'
}

export interface UserManagerSettings extends RequestSettings {
  /** Compared with the issuer of the worker's configuration. */
  readonly authority: string
  /** Compared with the client ID of the worker's configuration. */
  readonly client_id: string
  /** Where in the app the user lands after the sign-out. */
  readonly post_logout_redirect_uri?: string
  readonly accessTokenExpiringNotificationTimeInSeconds?: number
  readonly automaticSilentRenew?: true
  readonly revokeTokensOnSignout?: true
  readonly monitorSession?: false
  readonly disablePKCE?: false
  readonly redirectMethod?: 'assign'
  readonly redirectTarget?: 'self'
}

export interface SigninRedirectArgs extends RequestSettings {
  readonly login_hint?: string
  /** JSON. It comes back as `state` of the user, and is not secret. */
  readonly state?: unknown
}

export type SigninPopupArgs = SigninRedirectArgs

export type SigninSilentArgs = Pick<RequestSettings, 'scope'>

export interface SignoutRedirectArgs {
  readonly post_logout_redirect_uri?: string
}

const BUILD = (name: string): OptionRule => ({
  gone: `Pages configure nothing: it is \`${name}\` of the worker's configuration, at build time`,
})
const POPUP: OptionRule = { gone: 'Popups end on a page of the guardian, and close by themselves' }
const STORE: OptionRule = { gone: 'The guardian keeps sessions and pending sign-ins itself' }
const FRAMES: OptionRule = {
  gone: 'Tokens are renewed without a frame, with the refresh token, when a request needs it',
}
const MONITOR: OptionRule = {
  gone: 'There is no frame that asks for the session. One that the server ended shows at the next refresh, in every tab',
}
const CODE: OptionRule = { only: ['code'], why: 'The guardian runs the code flow with PKCE' }

const REQUEST_RULES = {
  scope: 'used',
  prompt: 'used',
  max_age: 'used',
  ui_locales: 'used',
  acr_values: 'used',
  extraQueryParams: 'used',
  redirect_uri: 'used',
  response_type: CODE,
  redirectMethod: { only: ['assign'], why: 'The page is left by location.assign()' },
  redirectTarget: { only: ['self'], why: 'A page in a frame signs in with a popup' },
  response_mode: BUILD('responseMode'),
  resource: BUILD('resource'),
  display: { gone: 'Use signinPopup() for a popup' },
  extraTokenParams: { gone: 'The worker alone speaks to the token endpoint' },
} as const satisfies Record<string, OptionRule>

export const SETTINGS: Readonly<Record<string, OptionRule>> = {
  ...REQUEST_RULES,
  authority: 'used',
  client_id: 'used',
  post_logout_redirect_uri: 'used',
  accessTokenExpiringNotificationTimeInSeconds: 'used',
  automaticSilentRenew: { only: [true], why: 'The guardian renews tokens when a request needs it' },
  revokeTokensOnSignout: { only: [true], why: 'The guardian revokes tokens at every sign-out' },
  monitorSession: { only: [false], why: MONITOR.gone },
  disablePKCE: { only: [false], why: 'The guardian runs the code flow with PKCE' },
  client_secret: {
    gone: 'A browser cannot keep it: register the client as a public one, with PKCE, and replace the secret, for it was public',
  },
  client_authentication: { gone: 'Clients in a browser are public ones' },
  metadata: BUILD('metadata'),
  metadataUrl: BUILD('metadata'),
  metadataSeed: BUILD('metadata'),
  signingKeys: { gone: 'The guardian loads them from the server' },
  loadUserInfo: BUILD('userInfo'),
  filterProtocolClaims: BUILD('claims'),
  dpop: BUILD('dpop'),
  clockSkewInSeconds: BUILD('clockToleranceSeconds'),
  userStore: STORE,
  stateStore: STORE,
  staleStateAgeInSeconds: STORE,
  popup_redirect_uri: POPUP,
  popup_post_logout_redirect_uri: POPUP,
  popupWindowFeatures: POPUP,
  popupWindowTarget: POPUP,
  silent_redirect_uri: FRAMES,
  silentRequestTimeoutInSeconds: FRAMES,
  validateSubOnSilentRenew: {
    only: [true],
    why: 'A refresh that answers for another user ends the session',
  },
  includeIdTokenInSilentRenew: FRAMES,
  iframeNotifyParentOrigin: FRAMES,
  iframeScriptOrigin: FRAMES,
  monitorAnonymousSession: MONITOR,
  checkSessionIntervalInSeconds: MONITOR,
  stopCheckSessionOnError: MONITOR,
  query_status_response_type: MONITOR,
}

export const SIGNIN_ARGS: Readonly<Record<string, OptionRule>> = {
  ...REQUEST_RULES,
  login_hint: 'used',
  state: 'used',
  nonce: { gone: 'The guardian makes one for every sign-in' },
  id_token_hint: { gone: 'No page has the ID Token; use login_hint' },
  url_state: { gone: 'Use state' },
}

export const SIGNIN_SILENT_ARGS: Readonly<Record<string, OptionRule>> = { scope: 'used' }

export const SIGNOUT_ARGS: Readonly<Record<string, OptionRule>> = {
  post_logout_redirect_uri: 'used',
  id_token_hint: { gone: 'The guardian sends it by itself' },
  state: { gone: 'Put it into post_logout_redirect_uri' },
  url_state: { gone: 'Put it into post_logout_redirect_uri' },
  extraQueryParams: { gone: 'Pages configure nothing of a sign-out' },
  redirectMethod: REQUEST_RULES.redirectMethod,
  redirectTarget: REQUEST_RULES.redirectTarget,
}

/** The words of oidc-client-ts in those of the auth client. */
export function loginOptions({
  prompt,
  max_age,
  ui_locales,
  acr_values,
  extraQueryParams,
  redirect_uri,
  login_hint,
  state,
}: SigninRedirectArgs): LoginOptions {
  return {
    ...(redirect_uri !== undefined && { returnTo: redirect_uri }),
    ...(prompt !== undefined && { prompt }),
    ...(max_age !== undefined && { maxAge: max_age }),
    ...(ui_locales !== undefined && { uiLocales: wordsOf(ui_locales) }),
    ...(acr_values !== undefined && { acrValues: wordsOf(acr_values) }),
    ...(login_hint !== undefined && { loginHint: login_hint }),
    ...(state !== undefined && { appState: state }),
    ...(extraQueryParams && {
      authorizationParams: Object.fromEntries(
        Object.entries(extraQueryParams).map(([name, value]) => [name, String(value)]),
      ),
    }),
  }
}
