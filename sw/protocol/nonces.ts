/** NQCHAR of RFC 6749, of which RFC 9449 section 8.1 makes nonces; longer ones than this are nobody's. */
const NONCE = /^[\x21\x23-\x5B\x5D-\x7E]{1,1024}$/

/**
 * The newest nonce of each server of one kind (RFC 9449 sections 8 and 9). An authorization server and an API may share an
 * origin and still have nonces of their own, so each kind has its own book. In memory: to learn a nonce again costs one request.
 */
export class Nonces {
  readonly #newest = new Map<string, string>()

  /** What a proof for that URL should hold. */
  of(url: string): string | undefined {
    return this.#newest.get(new URL(url).origin)
  }

  /** Keeps the nonce of an answer, whatever its status, for the next proof. @returns whether a nonce could be read */
  remember(url: string, response: Response): boolean {
    const nonce = response.headers.get('dpop-nonce')
    if (nonce === null || !NONCE.test(nonce)) return false
    this.#newest.set(new URL(url).origin, nonce)
    return true
  }
}
