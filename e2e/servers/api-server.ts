import { randomUUID } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

import { AccessTokenVerifier } from '../../src/testing/server/access-token.ts'
import { ApiGuard, apiCorsHeaders, exposedHeaders } from '../../src/testing/server/api-guard.ts'
import { answerApiCall } from './api-routes.ts'
import { createControl, resourceServerHeader } from './control.ts'
import { DpopMode } from './dpop-mode.ts'
import { sendJson } from '../../src/testing/server/http-text.ts'
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
    { headers: { [resourceServerHeader]: '1' }, ca: options.issuerCa },
  )
  const dpop = new DpopMode(options.requireDpopNonce ?? false)
  const guard = new ApiGuard({
    verifier,
    origin: listener.origin,
    demandsNonce: () => dpop.settings.nonce,
  })
  const cors = (request: IncomingMessage): OutgoingHttpHeaders =>
    apiCorsHeaders(request, options.appOrigins, dpop.exposed(exposedHeaders))

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
