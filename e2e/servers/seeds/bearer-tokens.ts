import { randomBytes } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

import { sendJson } from '../../../src/testing/server/http-text.ts'
import type { Lists } from './no-secrets.ts'

interface Holder {
  readonly user: string
  readonly scope: string
}

/** The tokens of a service that looks them up, and its API. */
export class BearerTokens {
  readonly #access = new Map<string, Holder>()
  readonly #refresh = new Map<string, Holder>()

  issueAccess(holder: Holder, issued: Lists): string {
    return add(this.#access, holder, issued.accessTokens)
  }

  issueRefresh(holder: Holder, issued: Lists): string {
    return add(this.#refresh, holder, issued.refreshTokens)
  }

  /** Whose refresh token a token request has. It is good for one. */
  rotate(form: URLSearchParams, issued: Lists): Holder | undefined {
    const token = form.get('refresh_token') ?? ''
    const holder = this.#refresh.get(token)
    this.#refresh.delete(token)
    issued.usedRefreshTokens.push(token)
    return holder
  }

  /** Ends the access tokens of today, as if their time was over. */
  expire(): void {
    this.#access.clear()
  }

  /** `GET /api/me`, with an access token. */
  answerApi(request: IncomingMessage, response: ServerResponse, cors: OutgoingHttpHeaders): void {
    if (request.method === 'OPTIONS') {
      const allowed = { 'access-control-allow-headers': 'authorization' }
      return void response.writeHead(204, { ...cors, ...allowed }).end()
    }
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ')
    const holder = scheme === 'Bearer' ? this.#access.get(token) : undefined
    if (holder) return sendJson(response, 200, { sub: holder.user }, cors)
    const challenge = token === '' ? 'Bearer' : 'Bearer error="invalid_token"'
    const exposed = { 'access-control-expose-headers': 'www-authenticate' }
    sendJson(response, 401, {}, { ...cors, ...exposed, 'www-authenticate': challenge })
  }
}

function add(book: Map<string, Holder>, holder: Holder, list: string[]): string {
  const token = randomBytes(24).toString('base64url')
  book.set(token, holder)
  list.push(token)
  return token
}

/** CORS for a list of origins, and for no other. */
export function corsFor(
  { headers: { origin } }: IncomingMessage,
  origins: readonly string[],
): OutgoingHttpHeaders {
  return origin !== undefined && origins.includes(origin)
    ? { vary: 'Origin', 'access-control-allow-origin': origin }
    : { vary: 'Origin' }
}
