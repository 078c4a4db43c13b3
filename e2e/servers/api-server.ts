import { randomUUID } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

import { AccessTokenVerifier, type AccessClaims } from './access-token.ts'
import { answerApiCall } from './api-routes.ts'
import { createControl } from './control.ts'
import { DpopMode } from './dpop-mode.ts'
import { ProofChecker } from './dpop-proof.ts'
import { sendJson } from './http-text.ts'
import { bind, running, type PortOption, type RunningServer } from './running-server.ts'

export interface ApiServerOptions {
  readonly port: PortOption
  readonly issuer: string
  /** What `aud` of an access token must contain. Default: the server's own origin with a slash. */
  readonly audience?: string
  readonly appOrigins: readonly string[]
  /** Demand a nonce in DPoP proofs; default false. */
  readonly requireDpopNonce?: boolean
  /** PEM of the certificate that the issuer signed itself. */
  readonly issuerCa?: string | undefined
}

/**
 * Starts the protected API: `/v1/*` needs an access token, `/debug/headers` shows what arrived.
 *
 * Commands besides those of every server: `{ do: 'revoke-before', at, sub? }` with `at` in seconds since
 * 1970 (fractions allowed, default now), `{ do: 'new-dpop-nonce' }`, those of {@link DpopMode}, and
 * `{ do: 'describe', metadata }`, which changes what the API says of itself (RFC 9728) until the reset.
 */
export async function startApiServer(options: ApiServerOptions): Promise<RunningServer> {
  const listener = await bind(options.port)
  const verifier = new AccessTokenVerifier(
    options.issuer,
    options.audience ?? `${listener.origin}/`,
    options.issuerCa,
  )
  const dpop = new DpopMode(options.requireDpopNonce ?? false)
  const guard = new Guard(verifier, listener.origin, dpop)
  const cors = (request: IncomingMessage): OutgoingHttpHeaders =>
    corsHeaders(request, options.appOrigins, dpop)

  let described: Readonly<Record<string, unknown>> = {}

  const control = createControl({
    cors,
    onReset: () => {
      described = {}
      dpop.reset()
    },
    commands: {
      describe: ({ metadata }) => {
        if (typeof metadata !== 'object') throw new TypeError('"metadata" must be an object')
        described = { ...metadata }
      },
      dpop: (command) => dpop.change(command),
      'revoke-before': ({ at, sub }) => {
        if (at !== undefined && typeof at !== 'number') throw new TypeError('"at" must be a number')
        verifier.revokeBefore(at ?? Date.now() / 1000, typeof sub === 'string' ? sub : undefined)
      },
      'new-dpop-nonce': () => guard.renewNonce(),
    },
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', listener.origin)
    for (const [name, value] of Object.entries(cors(request))) {
      if (value !== undefined) response.setHeader(name, value)
    }
    response.setHeader('x-request-id', request.headers['x-request-id'] ?? randomUUID())
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end()
    } else if (url.pathname === '/.well-known/oauth-protected-resource/v1') {
      const resource = `${listener.origin}/v1/`
      const servers = { authorization_servers: [options.issuer] }
      sendJson(response, 200, { resource, ...servers, ...described })
    } else if (url.pathname === '/debug/headers') {
      sendJson(response, 200, request.headers)
    } else if (!url.pathname.startsWith('/v1/')) {
      sendJson(response, 404, { error: 'not_found' })
    } else {
      const claims = await guard.admit(request, response, url)
      if (claims !== undefined) await answerApiCall({ request, response, url, claims })
    }
  }

  listener.serve(
    control.around((request, response) => {
      answer(request, response).catch(() => {
        if (response.headersSent) response.destroy()
        else sendJson(response, 400, { error: 'bad_request' })
      })
    }),
  )
  return running(listener, control)
}

/** Lets a request in, or answers it with 401. */
class Guard {
  readonly #verifier: AccessTokenVerifier
  readonly #origin: string
  readonly #dpop: DpopMode
  readonly #proofs = new ProofChecker()
  #nonce = randomUUID()

  constructor(verifier: AccessTokenVerifier, origin: string, dpop: DpopMode) {
    this.#verifier = verifier
    this.#origin = origin
    this.#dpop = dpop
  }

  renewNonce(): void {
    this.#nonce = randomUUID()
  }

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

    const found = await this.#verifier.verify(token)
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
    const demandsNonce = this.#dpop.settings.nonce
    if (demandsNonce) response.setHeader('dpop-nonce', this.#nonce)
    const { dpop: proof } = request.headers
    const problem = this.#proofs.check(typeof proof === 'string' ? proof : undefined, {
      method: request.method ?? '',
      url: `${this.#origin}${url.pathname}`,
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

function challengeOf(isDpop: boolean, error: string, description: string): string {
  const start = isDpop ? 'DPoP algs="ES256 RS256", ' : 'Bearer '
  return `${start}error="${error}", error_description="${description}"`
}

function corsHeaders(
  request: IncomingMessage,
  appOrigins: readonly string[],
  dpop: DpopMode,
): OutgoingHttpHeaders {
  const { origin } = request.headers
  if (origin === undefined || !appOrigins.includes(origin)) return { vary: 'Origin' }
  const answer = {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
  }
  if (request.method !== 'OPTIONS') {
    return {
      ...answer,
      'access-control-expose-headers': dpop.exposed(
        'www-authenticate, dpop-nonce, x-request-id, content-range',
      ),
    }
  }
  return {
    ...answer,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers':
      'authorization, dpop, content-type, x-request-id, last-event-id, range',
    'access-control-max-age': '600',
  }
}
