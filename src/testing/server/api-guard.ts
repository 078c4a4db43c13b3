import { randomUUID } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

import type { AccessClaims, AccessTokenVerifier } from './access-token.ts'
import { ProofChecker } from './dpop-proof.ts'
import { sendJson } from './http-text.ts'

export interface ApiGuardOptions {
  readonly verifier: AccessTokenVerifier
  /** Origin of the API, as proofs name it. */
  readonly origin: string
  /** Whether DPoP proofs must hold a nonce of this API. */
  readonly demandsNonce: () => boolean
}

/** Lets requests to an API in, or answers them with 401 (RFC 6750 section 3, RFC 9449 section 7). */
export class ApiGuard {
  readonly #options: ApiGuardOptions
  readonly #proofs = new ProofChecker()
  #nonce = randomUUID()

  constructor(options: ApiGuardOptions) {
    this.#options = options
  }

  renewNonce(): void {
    this.#nonce = randomUUID()
  }

  /** @returns what the token says, or undefined when the request was answered */
  async admit(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
  ): Promise<AccessClaims | undefined> {
    const refuse = (challenge: string): undefined => {
      request.resume()
      sendJson(response, 401, { error: 'unauthorized' }, { 'www-authenticate': challenge })
      return undefined
    }
    const [scheme, token] = (request.headers.authorization ?? '').split(' ')
    const isDpop = scheme?.toLowerCase() === 'dpop'
    if (!token || !(isDpop || scheme?.toLowerCase() === 'bearer')) return refuse('Bearer')

    const found = await this.#options.verifier.verify(token)
    if (!found.ok) return refuse(challengeOf(isDpop, 'invalid_token', found.description))
    const { thumbprint } = found.claims
    if (thumbprint === undefined) {
      return isDpop
        ? refuse(challengeOf(true, 'invalid_token', 'the token is not bound to a key'))
        : found.claims
    }
    if (!isDpop) {
      return refuse(challengeOf(true, 'invalid_token', 'the token is bound: use the DPoP scheme'))
    }
    const demandsNonce = this.#options.demandsNonce()
    if (demandsNonce) response.setHeader('dpop-nonce', this.#nonce)
    const { dpop: proof } = request.headers
    const problem = this.#proofs.check(typeof proof === 'string' ? proof : undefined, {
      method: request.method ?? '',
      url: `${this.#options.origin}${url.pathname}`,
      accessToken: token,
      thumbprint,
      ...(demandsNonce ? { nonce: this.#nonce } : {}),
    })
    if (problem === undefined) return found.claims
    return problem === 'use_dpop_nonce'
      ? refuse(challengeOf(true, problem, 'a nonce is required'))
      : refuse(challengeOf(true, 'invalid_dpop_proof', problem))
  }
}

/** What script may read of an answer of an API: what the guardian and the sample calls need. */
export const exposedHeaders = 'www-authenticate, dpop-nonce, x-request-id, content-range'

/** CORS of an API for the origins that call it. */
export function apiCorsHeaders(
  request: IncomingMessage,
  appOrigins: readonly string[],
  exposed = exposedHeaders,
): OutgoingHttpHeaders {
  const { origin } = request.headers
  if (origin === undefined || !appOrigins.includes(origin)) return { vary: 'Origin' }
  const answer = {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
  }
  if (request.method !== 'OPTIONS') return { ...answer, 'access-control-expose-headers': exposed }
  return {
    ...answer,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers':
      'authorization, dpop, content-type, x-request-id, last-event-id, range',
    'access-control-max-age': '600',
  }
}

function challengeOf(isDpop: boolean, error: string, description: string): string {
  const start = isDpop ? 'DPoP algs="ES256 RS256", ' : 'Bearer '
  return `${start}error="${error}", error_description="${description}"`
}
