import type { IncomingMessage, ServerResponse } from 'node:http'

import { resourceServerHeader } from '../control.ts'
import { sendJson } from '../../../src/testing/server/http-text.ts'
import { corsFor } from '../seeds/bearer-tokens.ts'

export interface IntrospectingApiOptions {
  readonly introspectionEndpoint: string
  readonly clientId: string
  readonly clientSecret: string
  /** Origins that may call it. */
  readonly callers: readonly string[]
}

const ANSWER_MS = 10_000

/** `/api/me` for whoever brings an access token that the authorization server calls active (RFC 7662), whatever the token looks like. */
export class IntrospectingApi {
  readonly #options: IntrospectingApiOptions
  /** The bearer tokens that arrived, oldest first, for tests. */
  presented: string[] = []

  constructor(options: IntrospectingApiOptions) {
    this.#options = options
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const cors = corsFor(request, this.#options.callers)
    if (request.method === 'OPTIONS') {
      const allowed = { 'access-control-allow-headers': 'authorization' }
      return void response.writeHead(204, { ...cors, ...allowed }).end()
    }
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ')
    const isBearer = scheme?.toLowerCase() === 'bearer' && token !== ''
    if (isBearer) this.presented.push(token)
    const sub = isBearer ? await this.#subjectOf(token) : undefined
    if (sub !== undefined) return sendJson(response, 200, { sub }, cors)
    const challenge = isBearer ? 'Bearer error="invalid_token"' : 'Bearer'
    const exposed = { 'access-control-expose-headers': 'www-authenticate' }
    sendJson(response, 401, {}, { ...cors, ...exposed, 'www-authenticate': challenge })
  }

  async #subjectOf(token: string): Promise<string | undefined> {
    const { introspectionEndpoint, clientId, clientSecret } = this.#options
    const response = await fetch(introspectionEndpoint, {
      method: 'POST',
      headers: { [resourceServerHeader]: 'introspection' },
      body: new URLSearchParams({ token, client_id: clientId, client_secret: clientSecret }),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    const { active, sub } = (await response.json()) as { active?: unknown; sub?: unknown }
    return active === true && typeof sub === 'string' ? sub : undefined
  }
}
