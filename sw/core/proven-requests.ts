import type { ParsedResource } from '../../src/contract/config.ts'
import { dpopError } from '../protocol/bearer-challenge.ts'
import { nonceUnreadable, proofHeaders } from '../protocol/dpop.ts'
import { Nonces } from '../protocol/nonces.ts'
import type { ProofKey } from '../protocol/proof-key.ts'
import type { TokenSet } from '../protocol/tokens.ts'
import { copyWithHeaders, type Spare } from './request-copies.ts'
import type { SessionBook } from './session-book.ts'

interface Sending {
  readonly resource: ParsedResource
  readonly fetch: (request: Request) => Promise<Response>
}

type BoundTokens = Pick<TokenSet, 'accessToken'> & { readonly proofKey: ProofKey }

/**
 * Sends API requests with a bound token and a proof for just this request (RFC 9449 section 7). An API that wants its nonce in
 * the proof gets the request once more (section 9).
 */
export class ProvenRequests {
  readonly #sessions: Pick<SessionBook, 'reportError'>
  readonly #nonces = new Nonces()

  constructor(sessions: Pick<SessionBook, 'reportError'>) {
    this.#sessions = sessions
  }

  async send(
    { resource, fetch }: Sending,
    request: Request,
    tokens: BoundTokens,
    spare: Spare,
  ): Promise<Response> {
    const { url } = request
    const response = await fetch(await this.#prove(request, tokens))
    const hasNonce = this.#nonces.remember(url, response)
    const challenge = response.headers.get('www-authenticate') ?? ''
    if (response.status !== 401 || dpopError(challenge) !== 'use_dpop_nonce') return response
    if (!hasNonce) {
      this.#sessions.reportError(nonceUnreadable('api', response.status), resource.client)
      return response
    }
    const again = await spare.take()
    if (again === undefined) return response
    await response.body?.cancel()
    const second = await fetch(await this.#prove(again, tokens))
    this.#nonces.remember(url, second)
    return second
  }

  async #prove(request: Request, { accessToken, proofKey }: BoundTokens): Promise<Request> {
    const { url, redirect } = request
    const headers = await proofHeaders(proofKey, accessToken, request, this.#nonces.of(url))
    // The proof is for this URL, and browsers take the header along to any other.
    return copyWithHeaders(request, headers, {
      redirect: redirect === 'error' ? redirect : 'manual',
    })
  }
}
