import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

import { AccessTokenVerifier } from './access-token.ts'
import { ApiGuard, apiCorsHeaders } from './api-guard.ts'
import { sendJson } from './http-text.ts'

export interface SampleApiOptions {
  readonly origin: string
  readonly issuer: string
  /** What `aud` of an access token must contain. */
  readonly audience: string
  readonly appOrigins: readonly string[]
  readonly requireDpopNonce: boolean
}

export interface SampleApi {
  readonly answer: RequestListener
  /** Refuses the tokens that were issued until now, of one user or of all. */
  revoke(sub?: string): void
}

/** Where an API says what it is (RFC 9728 section 3). */
const METADATA_PATH = '/.well-known/oauth-protected-resource'

/** An API whose every path needs an access token, and answers whose it is and what was asked for. */
export function createSampleApi(options: SampleApiOptions): SampleApi {
  const { origin, issuer, audience, appOrigins, requireDpopNonce } = options
  const verifier = new AccessTokenVerifier(issuer, audience)
  const guard = new ApiGuard({ verifier, origin, demandsNonce: () => requireDpopNonce })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    const { pathname } = url
    for (const [name, value] of Object.entries(apiCorsHeaders(request, appOrigins))) {
      if (value !== undefined) response.setHeader(name, value)
    }
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end()
    } else if (pathname === METADATA_PATH || pathname.startsWith(`${METADATA_PATH}/`)) {
      const resource = origin + (pathname.slice(METADATA_PATH.length) || '/')
      sendJson(response, 200, { resource, authorization_servers: [issuer] })
    } else {
      const claims = await guard.admit(request, response, url)
      if (claims === undefined) return
      request.resume()
      const { sub, scope } = claims
      sendJson(response, 200, { sub, scope, method: request.method, path: pathname })
    }
  }

  return {
    answer: (request, response) => {
      answer(request, response).catch(() => {
        if (response.headersSent) response.destroy()
        else sendJson(response, 400, { error: 'bad_request' })
      })
    },
    revoke: (sub) => verifier.revokeBefore(Date.now() / 1000, sub),
  }
}
