import { isDestination, type Destination } from '../../src/contract/destinations.ts'
import type { MeantFor } from '../core/present-users.ts'

/**
 * What the app's worker (forwarder) and the vault's bridge say to each other over a MessagePort. Nothing here is a secret: the
 * port is carried by the app's page, and what crosses it is what the app may know anyway.
 *
 * A port tells nobody when its other end is gone, so everything is answered: a call by `taken` or `begun` (or at once by what it
 * brings), a `ping` of either end by a `pong`. A call says until when it may be begun. The bridge takes none later, so that the worker
 * can be sure after that time that a call nobody took was not sent, and may send it another way. A call that was taken and not begun
 * when its page closed was not sent either.
 */

/** Bytes of a response body that may be on their way without the reader having asked for more. */
export const CREDIT_BYTES = 8 * 1024 * 1024

/** Largest request body in bytes that is passed as a buffer; larger ones as a Blob, by reference. */
export const SMALL_BODY_BYTES = 64 * 1024

/**
 * A GET of it, with a client's name behind, asks who is signed in: 200 with the key, 204 for nobody, anything else for nobody knows.
 * The bridge of before knows no such resource and refuses it as any other.
 */
export const USER_URL = 'token-guardian:user?'

/** Milliseconds after which a call that the bridge has not begun is not begun any more. */
export const BEGIN_WITHIN_MS = 2000

export interface Call {
  readonly type: 'call'
  readonly id: number
  /** Milliseconds since 1970; both ends are on one machine. */
  readonly beginUntil: number
  readonly url: string
  readonly method: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body?: ArrayBuffer | Blob
  readonly redirect: RequestRedirect
  readonly cache: RequestCache
  readonly keepalive: boolean
  /** What it is made for, if not for script. */
  readonly destination?: Destination
  /** For whom only, if not for whoever is signed in. */
  readonly user?: MeantFor
}

export type ToBridge =
  | Call
  /** The reader has taken that many bytes. */
  | { readonly type: 'credit'; readonly id: number; readonly bytes: number }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'ping' }
  | { readonly type: 'pong' }

export interface Head {
  readonly type: 'head'
  readonly id: number
  readonly status: number
  readonly statusText: string
  readonly headers: readonly (readonly [string, string])[]
  readonly url: string
  readonly redirected: boolean
  /** With `redirect: 'manual'`: all that may be known of a redirect is that it was one. */
  readonly opaqueRedirect: boolean
  /** The whole body when it was there at once; otherwise parts follow. */
  readonly body: ArrayBuffer | 'none' | 'parts'
}

export type ToWorker =
  /** It will be sent to the API, as soon as there is a token for it. */
  | { readonly type: 'taken'; readonly id: number }
  /** It is sent now, or perhaps was. */
  | { readonly type: 'begun'; readonly id: number }
  /** Came after `beginUntil`, or the page is being left; nothing was sent, and nothing will be. */
  | { readonly type: 'late'; readonly id: number }
  | Head
  | { readonly type: 'part'; readonly id: number; readonly bytes: ArrayBuffer }
  | { readonly type: 'end'; readonly id: number }
  /** The call or the rest of its body failed, as a fetch fails: without a reason. */
  | { readonly type: 'failed'; readonly id: number }
  | { readonly type: 'pong' }
  /** Asked when another life of the worker came: what a life that was ended wanted, nobody waits for. */
  | { readonly type: 'ping' }
  /** First on every port: which life of the bridge this is. */
  | { readonly type: 'hello'; readonly bridge: string }

type Fields = Record<string, unknown>

/** Reads a message of the app's side. `undefined` for everything that is not exactly one of the above. */
export function parseToBridge(data: unknown): ToBridge | undefined {
  if (!isFields(data)) return undefined
  switch (data['type']) {
    case 'ping':
    case 'pong':
      return { type: data['type'] }
    case 'cancel':
      return isId(data['id']) ? { type: 'cancel', id: data['id'] } : undefined
    case 'credit': {
      const { id, bytes } = data
      return isId(id) && isId(bytes) ? { type: 'credit', id, bytes } : undefined
    }
    case 'call':
      return parseCall(data)
    default:
      return undefined
  }
}

const REDIRECTS = ['follow', 'error', 'manual']
const CACHES = ['default', 'no-store', 'reload', 'no-cache', 'force-cache']
const LONGEST_USER = 64
const LONGEST_URL = 64 * 1024
const MOST_HEADERS = 256
const LONGEST_HEADER = 64 * 1024

function parseCall(data: Fields): Call | undefined {
  const { id, beginUntil, url, method, headers, body, redirect, cache, keepalive } = data
  const { destination, user } = data
  if (!isId(id) || typeof beginUntil !== 'number' || !isText(url, LONGEST_URL)) return undefined
  if (!isText(method, 32) || !areHeaders(headers)) return undefined
  if (!(body === undefined || body instanceof ArrayBuffer || body instanceof Blob)) return undefined
  if (!(user === undefined || user === null || isText(user, LONGEST_USER))) return undefined
  if (!(destination === undefined || isDestination(destination))) return undefined
  if (!REDIRECTS.includes(redirect as string) || !CACHES.includes(cache as string)) return undefined
  return {
    type: 'call',
    id,
    beginUntil,
    url,
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    redirect: redirect as RequestRedirect,
    cache: cache as RequestCache,
    keepalive: keepalive === true,
    ...(destination && { destination }),
    ...(user === undefined ? {} : { user }),
  }
}

/** Reads a message of the bridge. */
export function parseToWorker(data: unknown): ToWorker | undefined {
  if (!isFields(data)) return undefined
  const { type, id } = data
  if (type === 'ping' || type === 'pong') return { type }
  if (type === 'hello') {
    return isText(data['bridge'], 64) ? { type, bridge: data['bridge'] } : undefined
  }
  if (!isId(id)) return undefined
  switch (type) {
    case 'taken':
    case 'begun':
    case 'late':
    case 'end':
    case 'failed':
      return { type, id }
    case 'part':
      return data['bytes'] instanceof ArrayBuffer ? { type, id, bytes: data['bytes'] } : undefined
    case 'head':
      return parseHead(data, id)
    default:
      return undefined
  }
}

function parseHead(data: Fields, id: number): Head | undefined {
  const { status, statusText, headers, url, redirected, opaqueRedirect, body } = data
  if (!isId(status) || typeof statusText !== 'string' || typeof url !== 'string') return undefined
  if (!areHeaders(headers)) return undefined
  if (!(body instanceof ArrayBuffer || body === 'none' || body === 'parts')) return undefined
  return {
    type: 'head',
    id,
    status,
    statusText,
    headers,
    url,
    redirected: redirected === true,
    opaqueRedirect: opaqueRedirect === true,
    body,
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longest
}

function areHeaders(value: unknown): value is readonly (readonly [string, string])[] {
  return (
    Array.isArray(value) &&
    value.length <= MOST_HEADERS &&
    value.every(
      (entry: unknown) =>
        Array.isArray(entry) &&
        entry.length === 2 &&
        entry.every((part) => typeof part === 'string' && part.length <= LONGEST_HEADER),
    )
  )
}
