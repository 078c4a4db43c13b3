import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

import { AccessTokenVerifier } from '../../../src/testing/server/access-token.ts'
import { createControl, resourceServerHeader } from '../control.ts'
import { readText, sendJson } from '../../../src/testing/server/http-text.ts'
import { bind, running, type RunningServer } from '../running-server.ts'
import { corsFor } from './bearer-tokens.ts'

export interface GatewayOptions {
  readonly issuer: string
  readonly appOrigins: readonly string[]
}

const bodyLimitBytes = 65_536

/**
 * The gateway in front of an application's APIs, without sessions: who calls is what the access token says, in every call anew.
 * `/api/me` says so, for GET and POST.
 *
 * Command: `{ do: 'received' }` answers every request as it came, tokens included, for tests that look for what must not come.
 */
export async function startGateway({ issuer, appOrigins }: GatewayOptions): Promise<RunningServer> {
  const listener = await bind(0)
  const verifier = new AccessTokenVerifier(issuer, `${listener.origin}/`, {
    headers: { [resourceServerHeader]: '1' },
  })
  let received: string[] = []
  const cors = (request: IncomingMessage): OutgoingHttpHeaders => corsFor(request, appOrigins)
  const control = createControl({
    cors,
    onReset: () => {
      received = []
    },
    commands: { received: () => ({ received }) },
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '/', rawHeaders } = request
    received.push([method, url, ...rawHeaders, await readText(request, bodyLimitBytes)].join('\n'))
    if (method === 'OPTIONS') {
      const allowed = { 'access-control-allow-headers': 'authorization, content-type' }
      return void response.writeHead(204, { ...cors(request), ...allowed }).end()
    }
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ')
    const found = scheme === 'Bearer' ? await verifier.verify(token) : undefined
    if (found?.ok && url === '/api/me') {
      return sendJson(response, 200, { sub: found.claims.sub }, cors(request))
    }
    const challenge = found === undefined ? 'Bearer' : 'Bearer error="invalid_token"'
    const headers = {
      'access-control-expose-headers': 'www-authenticate',
      'www-authenticate': challenge,
    }
    sendJson(response, found?.ok ? 404 : 401, {}, { ...cors(request), ...headers })
  }

  listener.serve(
    control.around((request, response) => {
      answer(request, response).catch(() => response.writeHead(400).end())
    }),
  )
  return running(listener, control)
}
