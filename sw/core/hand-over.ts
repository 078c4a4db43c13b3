import type { LoginParameters } from '../../src/contract/messages.ts'
import { isJson, parseLoginParameters } from '../../src/contract/parse-request.ts'

/**
 * Some browsers give the vault's frame in the app a storage of its own. The frame's guardian then begins a sign-in, the
 * guardian of the top-level vault goes to the authorization server and back, and hands over what came:
 *
 *     frame: secrets, kept ── Carried (in the URL) ──▶ top level: state, nonce, request ──▶ authorization server
 *     frame: exchange       ◀── HandOver (once) ─────── top level: response                ◀──┘
 *
 * The secrets are the verifier and the key for DPoP, if there is one.
 *
 * What is carried is the page's own wish and may be read and changed by it. A hand-over is worthless without the verifier,
 * which never leaves the frame's storage; the state, which the page never sees, keeps foreign responses out, and the proof
 * foreign hand-overs.
 */
export interface Carried {
  readonly kind: 'login' | 'logout'
  readonly client: string
  readonly returnTo: string
  /** Without `appState`, which waits in the frame's storage. */
  readonly parameters?: LoginParameters
  /** PKCE (RFC 7636 section 4.2) of the verifier in the frame's storage. */
  readonly challenge?: string
  /** Thumbprint (RFC 9449 section 10) of the key in the frame's storage. */
  readonly jkt?: string
  readonly appOrigin?: string
  readonly display?: 'popup'
}

/** An authorization response on its way from the top-level vault to the frame that began the sign-in. */
export interface HandOver {
  /** The frame's errand that it answers. */
  readonly errand: string
  /** The app in which the sign-in began; a frame in any other leaves it alone. */
  readonly appOrigin: string
  /** Whose server answered. A page may have changed that on the way there, and no code is for another server. */
  readonly client: string
  readonly state: string
  /** The response's own parameters as a query. */
  readonly response: string
  readonly nonce?: string
  /** What the frame gave only the vault to know; see {@link HandOverCourier}. */
  readonly proof?: string
}

/** By cookie: how the response reaches the frame. Not every browser keeps other hosts of the site from setting such a cookie. */
export interface HandOverCourier {
  /** At the top level. Adds the proof that was kept for the errand. */
  readonly give: (handOver: HandOver) => Promise<void>
  /**
   * In the frame: lets the top-level vault, and nobody else, know what a hand-over for this errand must show. Script of the app
   * that sets a cookie of that name spoils its own sign-in, and cannot make up a hand-over.
   */
  readonly keepProof: (errand: string, proof: string) => Promise<void>
  /**
   * In the frame, for a response that begins at no top-level page: lets the top-level vault know where it belongs. The id is a hash
   * of the state, so only who has the response finds it.
   */
  readonly keepHome: (id: string, home: LinkHome) => Promise<void>
  /** At the top level, once. */
  readonly takeHome: (id: string) => Promise<LinkHome | undefined>
}

/** Where the response to a request that a frame sent by itself belongs. Nothing of it is secret. */
export interface LinkHome {
  readonly client: string
  readonly appOrigin: string
  readonly returnTo: string
}

export function writeLinkHome(home: LinkHome): string {
  return encode(home)
}

export function readLinkHome(text: string | null | undefined): LinkHome | undefined {
  const { client, appOrigin, returnTo } = decode(text) ?? {}
  if (!isText(client) || !isText(appOrigin) || !isText(returnTo)) return undefined
  return { client, appOrigin, returnTo }
}

/** How a hand-over reached the frame: a popup of the vault is known by its window. */
export type HandOverWay = 'cookie' | 'popup'

/** Parameters of a response that are handed over; the rest, such as `error_description`, is not needed. */
const RESPONSE_PARAMETERS = ['code', 'state', 'iss', 'error', 'response']
/** That there was a token is handed over too, but no token is. */
const TOKEN_PARAMETERS = ['id_token', 'access_token']

/** Keeps what the receiver must refuse: repetitions (RFC 6749 section 3.1), and tokens that nobody asked for. */
export function responseOf(parameters: URLSearchParams): string {
  const kept = new URLSearchParams()
  for (const [name, value] of parameters) {
    if (RESPONSE_PARAMETERS.includes(name)) kept.append(name, value)
    else if (TOKEN_PARAMETERS.includes(name)) kept.append(name, '')
  }
  return kept.toString()
}

export function writeCarried(carried: Carried): string {
  return encode(carried)
}

/** Reads what any site may have put into the URL of the login or logout path. */
export function readCarried(text: string | null): Carried | undefined {
  const fields = decode(text)
  if (fields === undefined) return undefined
  const { kind, client, returnTo, parameters, challenge, jkt, appOrigin, display } = fields
  if ((kind !== 'login' && kind !== 'logout') || !isText(client) || !isText(returnTo)) {
    return undefined
  }
  if (kind === 'logout') return { kind, client, returnTo }
  const login = parseLoginParameters(parameters)
  if (login === undefined || !isText(appOrigin)) return undefined
  if (!isHash(challenge) || !(jkt === undefined || isHash(jkt))) return undefined
  return {
    kind,
    client,
    returnTo,
    parameters: login,
    challenge,
    ...(jkt === undefined ? {} : { jkt }),
    appOrigin,
    ...(display === 'popup' ? { display } : {}),
  }
}

export function writeHandOver(handOver: HandOver): string {
  return encode(handOver)
}

export function readHandOver(text: string | null | undefined): HandOver | undefined {
  return checkHandOver(decode(text))
}

export function checkHandOver(value: unknown): HandOver | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const fields = value as Record<string, unknown>
  const { errand, appOrigin, client, state, response, nonce, proof } = fields
  if (!isText(errand) || !isText(appOrigin) || !isText(client) || !isText(state)) return undefined
  if (typeof response !== 'string' || !(nonce === undefined || isText(nonce))) return undefined
  if (!(proof === undefined || isText(proof))) return undefined
  return {
    errand,
    appOrigin,
    client,
    state,
    response,
    ...(nonce === undefined ? {} : { nonce }),
    ...(proof === undefined ? {} : { proof }),
  }
}

/** SHA-256 in base64url. */
function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** Base64url of JSON, which is safe in a URL and in a cookie. */
function encode(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function decode(text: string | null | undefined): Record<string, unknown> | undefined {
  if (!text) return undefined
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    const isFields = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isFields && isJson(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
