import { failure } from '../protocol/failure.ts'
import {
  readHandOver,
  readLinkHome,
  writeHandOver,
  writeLinkHome,
  type HandOver,
  type HandOverCourier,
} from '../core/hand-over.ts'

/**
 * Where the browser partitions storage, host-only cookies of one site are still shared, so a response is handed over by one.
 * With the `__Host-` prefix (RFC 6265bis section 4.1.3.2) no other host of the site, such as the app's, can set it. WebKitGTK
 * (libsoup, 2.50) does not keep the prefix: there script of the app can put a hand-over of its own here, which lacks the proof.
 */
export const HAND_OVER_COOKIE = '__Host-token-guardian'

/** Seconds in which the frame must take it. */
const LIFETIME_SECONDS = 60
/** Bytes of name and value that browsers keep (RFC 6265bis section 5.6). */
const LARGEST_COOKIE = 4096

/** Seconds that a sign-in may take at the authorization server. */
const PROOF_SECONDS = 3600

interface CookieScope {
  readonly cookieStore?: CookieStore
}

/** Takes hand-overs by cookie, in the vault's worker at the top level and in the frame. */
export function cookieCourier(scope: CookieScope): HandOverCourier {
  return {
    give: async (handOver) => {
      const kept = await scope.cookieStore?.get(proofCookie(handOver.errand)).catch(() => null)
      const proof = kept?.value
      await putHandOver(scope, { ...handOver, ...(proof ? { proof } : {}) })
    },
    // Where the frame can set no cookie its sign-in ends as `hand-over-failed`; where storage is shared none is needed.
    keepProof: async (errand, proof) =>
      put(scope, proofCookie(errand), proof, PROOF_SECONDS).catch(() => undefined),
    keepHome: async (id, home) =>
      put(scope, proofCookie(id), writeLinkHome(home), PROOF_SECONDS).catch(() => undefined),
    takeHome: async (id) => {
      const { cookieStore } = scope
      const kept = await cookieStore?.get(proofCookie(id)).catch(() => null)
      if (!kept) return undefined
      await cookieStore?.delete(proofCookie(id)).catch(() => undefined)
      return readLinkHome(kept.value)
    },
  }
}

function proofCookie(errand: string): string {
  return `${HAND_OVER_COOKIE}-${errand}`
}

/**
 * Puts a hand-over where the vault's frame finds it.
 * @throws AuthError `hand-over-failed`
 */
export async function putHandOver(scope: CookieScope, handOver: HandOver): Promise<void> {
  try {
    await put(scope, HAND_OVER_COOKIE, writeHandOver(handOver), LIFETIME_SECONDS)
  } catch {
    throw failure('hand-over-failed', 'authorization', {
      message:
        'The response could not be handed to the app’s frame by cookie; use loginWithPopup()',
    })
  }
}

async function put(
  { cookieStore }: CookieScope,
  name: string,
  value: string,
  seconds: number,
): Promise<void> {
  if (cookieStore === undefined || name.length + value.length >= LARGEST_COOKIE) {
    throw new Error('no cookie')
  }
  const expires = Date.now() + seconds * 1000
  await cookieStore.set({ name, value, path: '/', sameSite: 'strict', expires })
}

/** Reads the hand-over out of `document.cookie`. */
export function handOverIn(cookies: string): HandOver | undefined {
  const start = `${HAND_OVER_COOKIE}=`
  const found = cookies.split('; ').find((cookie) => cookie.startsWith(start))
  return readHandOver(found?.slice(start.length))
}

/** What to assign to `document.cookie` to remove it. */
export const REMOVED_HAND_OVER = `${HAND_OVER_COOKIE}=; Path=/; Secure; SameSite=Strict; Max-Age=0`
