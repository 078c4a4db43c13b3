import { failure } from '../protocol/failure.ts'
import { readHandOver, writeHandOver, type HandOver } from '../core/hand-over.ts'

/**
 * Where the browser partitions storage, host-only cookies of one site are still shared, so a response is handed over by one.
 * With the `__Host-` prefix (RFC 6265bis section 4.1.3.2) no other host of the site, such as the app's, can set it. WebKitGTK
 * (libsoup, 2.50) does not keep the prefix: there script of the app can put a hand-over of its own here.
 */
export const HAND_OVER_COOKIE = '__Host-token-guardian'

/** Seconds in which the frame must take it. */
const LIFETIME_SECONDS = 60
/** Bytes of name and value that browsers keep (RFC 6265bis section 5.6). */
const LARGEST_COOKIE = 4096

/**
 * Puts a hand-over where the vault's frame finds it.
 * @throws AuthError `hand-over-failed`
 */
export async function putHandOver(
  { cookieStore }: { readonly cookieStore?: CookieStore },
  handOver: HandOver,
): Promise<void> {
  const value = writeHandOver(handOver)
  const fits = HAND_OVER_COOKIE.length + value.length < LARGEST_COOKIE
  try {
    if (!fits || cookieStore === undefined) throw new Error('no cookie')
    await cookieStore.set({
      name: HAND_OVER_COOKIE,
      value,
      path: '/',
      sameSite: 'strict',
      expires: Date.now() + LIFETIME_SECONDS * 1000,
    })
  } catch {
    throw failure('hand-over-failed', 'authorization', {
      message:
        'The response could not be handed to the app’s frame by cookie; use loginWithPopup()',
    })
  }
}

/** Reads the hand-over out of `document.cookie`. */
export function handOverIn(cookies: string): HandOver | undefined {
  const start = `${HAND_OVER_COOKIE}=`
  const found = cookies.split('; ').find((cookie) => cookie.startsWith(start))
  return readHandOver(found?.slice(start.length))
}

/** What to assign to `document.cookie` to remove it. */
export const REMOVED_HAND_OVER = `${HAND_OVER_COOKIE}=; Path=/; Secure; SameSite=Strict; Max-Age=0`
