const PROBE = '__Host-token-guardian-probe'
const ATTRIBUTES = 'Path=/; Secure; SameSite=Strict'

/**
 * Whether this frame is of the same site as the page around it, as the browser sees it: only then a frame has cookies with
 * `SameSite=Strict` (RFC 6265bis section 5.2), and only then a redirect can hand a sign-in over to it.
 */
export function isSameSite(): boolean {
  // A name of its own: the frame of another tab may be removing its probe at this very moment.
  const probe = `${PROBE}-${crypto.randomUUID()}`
  document.cookie = `${probe}=1; ${ATTRIBUTES}; Max-Age=10`
  const found = document.cookie.split('; ').includes(`${probe}=1`)
  document.cookie = `${probe}=; ${ATTRIBUTES}; Max-Age=0`
  return found
}
