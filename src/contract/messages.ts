import type { AuthErrorWire } from './errors.ts'
import type { Json, Session } from './session.ts'
import type { StepUp } from './step-up.ts'
import type { Timeline } from './timeline.ts'

/**
 * Raised with every change of the messages. Page, app's worker and vault are deployed apart and outlive each other, so each meets
 * other versions of the others. A message is read by its shape, whatever its version, and one that is not understood is refused:
 * a message whose meaning changes gets another name. By the version a page learns that a reload gets matching code.
 */
export const CONTRACT_VERSION = 1

/** What an envelope says its version is. */
export function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

/** Fragment of every redirect by the guardian: explicit and not empty, so that no fragment of the response is inherited. */
export const LANDING_FRAGMENT = '#_'

/** Fragment of the page on which a sign-in in a popup ends: the client there only closes it. */
export const POPUP_FRAGMENT = '#_popup'

/** Answer header of the guardian to a coverage probe; a server never sends it. */
export const PROBE_HEADER = 'token-guardian-contract'

/** Query by which a page asks, with a plain fetch of the login path, whether its fetches reach the guardian. */
export const PROBE_QUERY = '?probe'

export interface LoginParameters {
  readonly returnTo?: string
  readonly appState?: Json
  readonly prompt?: string
  readonly loginHint?: string
  /** Seconds, as `max_age` in OpenID Connect Core section 3.1.2.1. */
  readonly maxAge?: number
  readonly acrValues?: readonly string[]
  readonly uiLocales?: readonly string[]
  readonly authorizationParams?: Readonly<Record<string, string>>
}

/** All that a page can ask. There is no request whose answer holds a secret, and none that changes configuration. */
export type GuardianRequest =
  | { readonly type: 'get-session'; readonly client?: string; readonly landed?: LandingPlace }
  | {
      readonly type: 'begin-login'
      readonly client?: string
      readonly parameters: LoginParameters
      readonly display?: 'popup'
    }
  /** Lets the server mail a link that signs in. Must not be repeated: each one is a mail. */
  | {
      readonly type: 'send-login-link'
      readonly client?: string
      readonly parameters: LoginParameters & { readonly loginHint: string }
    }
  | {
      readonly type: 'begin-logout'
      readonly client?: string
      readonly returnTo?: string
      readonly localOnly?: boolean
    }
  | { readonly type: 'refresh'; readonly client?: string }
  | { readonly type: 'describe-client'; readonly client?: string }
  | { readonly type: 'claim' }
  | { readonly type: 'keep-awake' }
  | { readonly type: 'check-registration' }
  /** To the app's own worker, also with a vault: a URL of this origin from which the URL of an API can be downloaded once. */
  | { readonly type: 'download-link'; readonly url: string; readonly filename?: string }
  /** Vault: the second port that comes along leads to the bridge of the asking page. */
  | { readonly type: 'connect' }
  /** For the development panel: refused unless the configuration has it on. */
  | { readonly type: 'get-timeline'; readonly client?: string }

/** What the build configured for a client, as far as every authorization request shows it. */
export interface ClientDescription {
  readonly issuer: string
  readonly clientId: string
  readonly scope: readonly string[]
  readonly audience?: string
}

/** How the page learned that a redirect has landed: on itself, or in a popup that it opened. */
export type LandingPlace = 'here' | 'in-popup'

/** `pending`: the sign-in is still being completed; ask again. `missing`: nothing has landed. */
export interface Landed {
  /** Whose sign-in it was, where that is known; not always that of the client that asked. */
  readonly client?: string
  readonly error?: AuthErrorWire
  readonly pending?: true
  readonly missing?: true
}

export interface SessionReply {
  readonly session: Session
  /** Name of the client whose session it is. */
  readonly client: string
  /** Same-origin path that the guardian answers itself; see {@link PROBE_QUERY}. */
  readonly probePath: string
  /** How the redirect that led to this page ended, when the page asked with `landed`. */
  readonly landing?: Landed
  /** The answer of an app's worker in the vault topology: the guardian is behind the vault's bridge, ask there. */
  readonly vaultOrigin?: string
}

export interface ReplyTo {
  readonly 'get-session': SessionReply
  readonly 'begin-login': { readonly url: string }
  readonly 'send-login-link': { readonly sent: true }
  readonly 'begin-logout': { readonly url: string | null }
  readonly refresh: { readonly session: Session }
  readonly 'describe-client': ClientDescription
  readonly claim: { readonly claimed: true }
  readonly 'keep-awake': { readonly awake: true }
  readonly 'check-registration': { readonly registered: boolean }
  readonly 'download-link': { readonly url: string }
  readonly connect: { readonly connected: true }
  readonly 'get-timeline': Timeline
}

/** What the guardian tells pages unasked. */
export type GuardianEvent =
  | { readonly type: 'session'; readonly client: string; readonly session: Session }
  | { readonly type: 'error'; readonly client?: string; readonly error: AuthErrorWire }
  /** To the page whose request was refused. */
  | { readonly type: 'stepup'; readonly client: string; readonly stepUp: StepUp }
  /** Answer with a `keep-awake` request: tokens are in the worker's memory, or it passes a response on. */
  | { readonly type: 'stay-awake' }
  /** The vault's frame is there. `sameSite`: a redirect can bring a sign-in into it. */
  | { readonly type: 'bridge-ready'; readonly sameSite: boolean }
  /** The app's worker has no port to this page's bridge: answer with `connect`. */
  | { readonly type: 'need-port' }
  /** A popup without a vault has reached its end: if this page opened it, ask how it went. */
  | { readonly type: 'popup-finished'; readonly client: string }

export type ReplyEnvelope<Type extends keyof ReplyTo = keyof ReplyTo> =
  | {
      readonly tokenGuardian: number
      readonly ok: true
      readonly value: ReplyTo[Type]
    }
  | {
      readonly tokenGuardian: number
      readonly ok: false
      readonly error: AuthErrorWire
    }

/**
 * What a page posts to the vault's frame, with a port: `control` for its own questions and for events, `worker` for a port whose
 * other end its worker has.
 */
export interface EmbedEnvelope {
  readonly tokenGuardian: number
  readonly embed: 'control' | 'worker'
}

/** Path of the page in that frame. */
export const BRIDGE_PATH = '/bridge.html'

/** Path of the vault's page on which a popup begins, and with {@link LANDING_FRAGMENT} ends. */
export const POPUP_PATH = '/popup.html'

/** What that page says to the page that opened it, when it begins and before it closes. Not to a certain origin: it is no secret. */
export interface PopupEnvelope {
  readonly tokenGuardian: number
  readonly popup: 'open' | 'end'
}

export interface EventEnvelope {
  readonly tokenGuardian: number
  readonly event: GuardianEvent
}
