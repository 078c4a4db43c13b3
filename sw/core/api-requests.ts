import type { ParsedResource } from '../../src/contract/config.ts'
import { isAuthError } from '../../src/contract/errors.ts'
import { bearerError } from '../protocol/bearer-challenge.ts'
import { failure } from '../protocol/failure.ts'
import { ApiRefusals } from './api-refusals.ts'
import { coversUrl } from './match-resource.ts'
import type { Refresher } from './refresh.ts'
import type { SessionBook } from './session-book.ts'
import type { Surroundings } from './surroundings.ts'
import type { StoredSession, TokenStore } from './token-store.ts'

/** What answering API requests needs; in the vault's bridge the guardian itself is behind messages. */
export interface ApiSurroundings {
  readonly config: Surroundings['config']
  readonly wire: Pick<Surroundings['wire'], 'now' | 'fetch'>
  readonly tokens: Pick<TokenStore, 'read'>
  readonly tell: Surroundings['tell']
}
export type Sessions = Pick<SessionBook, 'session' | 'reportError' | 'end'>
export type Refreshing = Pick<Refresher, 'refreshInBackground'> & {
  refresh(client: string, stale: StoredSession): Promise<unknown>
}

/** What answering one API request needs of its caller. */
export interface ApiCall {
  readonly request: Request
  readonly resource: ParsedResource
  readonly fetch: (request: Request) => Promise<Response>
  /** Keeps the caller alive for work that goes on after the answer. */
  readonly waitUntil: (work: Promise<unknown>) => void
  /** Id of the page that asks, where there are several. */
  readonly page?: string
}

/** Adds the access token to requests of configured resources. The body is never read here: it streams through. */
export class ApiRequests {
  readonly #surroundings: ApiSurroundings
  readonly #sessions: Sessions
  readonly #refresher: Refreshing
  readonly #refusals: ApiRefusals

  constructor(surroundings: ApiSurroundings, sessions: Sessions, refresher: Refreshing) {
    this.#surroundings = surroundings
    this.#sessions = sessions
    this.#refresher = refresher
    this.#refusals = new ApiRefusals(surroundings, sessions)
  }

  /**
   * @returns the API's answer, or a network error when there is a session but no usable token now (an `error` event says
   * why). Without a session the request goes out without a token.
   */
  async answer(call: ApiCall): Promise<Response> {
    const { request, resource } = call
    const { client } = resource
    let session: StoredSession | undefined
    try {
      session = await this.#usableSession(client, call.waitUntil)
    } catch (error) {
      this.#sessions.reportError(error, client)
      return Response.error()
    }
    if (session === undefined) return call.fetch(withoutCredentialsOfPage(request))
    // The clone is taken before the body is used; a body that is a Blob or a buffer is not copied by it.
    const again = canReplay(call) ? copyForReplay(request) : undefined
    const response = await call.fetch(withBearer(request, session))
    const replayed =
      response.status === 401 && isOfResource(response, resource)
        ? await this.#replay(call, again, session, response)
        : undefined
    if (!replayed) again?.body?.cancel().catch(() => undefined)
    const last = replayed ?? response
    if (isOfResource(last, resource)) {
      const wasReplayed = replayed !== undefined
      this.#refusals.explain({ call, response: last, session, wasReplayed })
    }
    return this.#insideResources(last, resource)
  }

  /** The session with a token that is not expired, after a refresh if that is what it takes. */
  async #usableSession(
    client: string,
    waitUntil: ApiCall['waitUntil'],
  ): Promise<StoredSession | undefined> {
    const { config, tokens, wire } = this.#surroundings
    const stored = await tokens.read(client)
    if (stored === undefined) {
      // Notices and reports tokens that were lost with the worker.
      waitUntil(this.#sessions.session(client).catch(() => undefined))
      return undefined
    }
    const { expiresAt } = stored.tokens
    if (expiresAt === null) return stored
    const left = expiresAt - wire.now()
    const { refreshLeewaySeconds = 0 } = config.clients.find(({ name }) => name === client) ?? {}
    if (left > refreshLeewaySeconds) return stored
    if (left > 0) {
      waitUntil(this.#refresher.refreshInBackground(client, stored))
      return stored
    }
    return this.#refreshed(client, stored)
  }

  /** The session after a refresh, or `undefined` when there is none any more and the request goes without a token. */
  async #refreshed(client: string, stale: StoredSession): Promise<StoredSession | undefined> {
    try {
      await this.#refresher.refresh(client, stale)
    } catch (error) {
      const ended = isAuthError(error) && !SESSION_KEPT.has(error.code)
      if (!ended) throw error
    }
    return this.#surroundings.tokens.read(client)
  }

  /** RFC 6750 section 3.1: a token that the API calls invalid is refreshed once, and the request sent once more. */
  async #replay(
    call: ApiCall,
    again: Request | undefined,
    used: StoredSession,
    response: Response,
  ): Promise<Response | undefined> {
    const { client } = call.resource
    const challenge = response.headers.get('www-authenticate')
    if (challenge === null && response.type === 'cors') {
      const error = failure('challenge-unreadable', 'api', {
        message:
          'An API answered 401 without a readable WWW-Authenticate header; expose it by CORS',
        status: 401,
      })
      this.#sessions.reportError(error, client)
    }
    if (challenge === null || bearerError(challenge) !== 'invalid_token') return undefined
    if (used.tokens.refreshToken === undefined) {
      await this.#sessions.end(client, used.generation, 'token-expired')
      return undefined
    }
    const session = await this.#refreshed(client, used).catch(() => undefined)
    if (!again || !session || session.generation === used.generation) return undefined
    const { replayBodyLimitBytes } = call.resource
    const body = hasNoBody(again) ? undefined : await again.clone().blob()
    if (body && body.size > replayBodyLimitBytes) return undefined
    await response.body?.cancel()
    return call.fetch(withBearer(again, session))
  }

  /**
   * Browsers drop `Authorization` on a redirect to another origin (Fetch section 4.4), but keep it on one inside the origin.
   * An answer from there that is outside every resource could show what was sent, so it is withheld.
   */
  #insideResources(response: Response, resource: ParsedResource): Response {
    const { resources } = this.#surroundings.config
    if (!response.redirected || new URL(response.url).origin !== resource.origin) return response
    if (resources.some((candidate) => coversUrl(candidate, response.url))) return response
    response.body?.cancel().catch(() => undefined)
    const error = failure('redirect-blocked', 'api', {
      message: `An API redirected to a path outside ${resource.origin}${resource.pathPrefix}`,
    })
    this.#sessions.reportError(error, resource.client)
    return Response.error()
  }
}

const SESSION_KEPT: ReadonlySet<string> = new Set([
  'refresh-unavailable',
  'client-rejected',
  'storage-unavailable',
  'unsupported-token-type',
  'metadata-invalid',
  'internal',
])

/** A refusal by someone else, at the end of a redirect, says nothing about the token. */
function isOfResource(response: Response, resource: ParsedResource): boolean {
  return !response.redirected || coversUrl(resource, response.url)
}

function canReplay({ request, resource }: ApiCall): boolean {
  return hasNoBody(request) || resource.replayBodyLimitBytes > 0
}

/** A request without a body can be sent again as it is. */
function copyForReplay(request: Request): Request {
  return hasNoBody(request) ? request : request.clone()
}

/** Firefox has no `body` on requests: there the method must tell. */
function hasNoBody({ body, method }: Request): boolean {
  return body === null || method === 'GET' || method === 'HEAD'
}

function withBearer(request: Request, { tokens }: StoredSession): Request {
  const headers = pageHeaders(request)
  headers.set('authorization', `Bearer ${tokens.accessToken.reveal()}`)
  return copyOf(request, headers)
}

function withoutCredentialsOfPage(request: Request): Request {
  const { headers } = request
  if (!headers.has('authorization') && !headers.has('dpop')) return request
  return copyOf(request, pageHeaders(request))
}

/** The page's headers without those that only the guardian sets. */
function pageHeaders(request: Request): Headers {
  const headers = new Headers(request.headers)
  headers.delete('authorization')
  headers.delete('dpop')
  // WebKit lists the header that it adds to event streams, which would have to be allowed by the API's CORS.
  if (headers.get('accept') === 'text/event-stream') headers.delete('cache-control')
  return headers
}

/** The same request with other headers. A given `headers` resets the referrer, so it is given again. */
function copyOf(request: Request, headers: Headers): Request {
  const { referrer, referrerPolicy } = request
  return new Request(request, { headers, referrer, referrerPolicy })
}
