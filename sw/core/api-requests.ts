import type { ParsedResource } from '../../src/contract/config.ts'
import { isAuthError, type AuthErrorCode } from '../../src/contract/errors.ts'
import { bearerError, dpopError } from '../protocol/bearer-challenge.ts'
import { failure } from '../protocol/failure.ts'
import { ApiRefusals } from './api-refusals.ts'
import { coversUrl } from './match-resource.ts'
import { ProvenRequests } from './proven-requests.ts'
import { copyWithHeaders, Spare } from './request-copies.ts'
import type { Refresher } from './refresh.ts'
import type { SessionBook } from './session-book.ts'
import type { Surroundings } from './surroundings.ts'
import { refreshFrom } from './refresh-schedule.ts'
import { isFurther, sessionFor, tokenId, type Target } from './target-tokens.ts'
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
  refresh(client: string, stale: StoredSession, target: Target): Promise<unknown>
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
  /** Whether it may go out with this session, where it is meant for a certain user. `undefined`: without one. */
  readonly isMeant?: (session: StoredSession | undefined) => Promise<boolean>
}

/** Adds the access token to requests of configured resources. The body is never read here: it streams through. */
export class ApiRequests {
  readonly #surroundings: ApiSurroundings
  readonly #sessions: Sessions
  readonly #refresher: Refreshing
  readonly #refusals: ApiRefusals
  readonly #proven: ProvenRequests

  constructor(surroundings: ApiSurroundings, sessions: Sessions, refresher: Refreshing) {
    this.#surroundings = surroundings
    this.#sessions = sessions
    this.#refresher = refresher
    this.#refusals = new ApiRefusals(surroundings, sessions)
    this.#proven = new ProvenRequests(sessions)
  }

  /**
   * @returns the API's answer, or a network error when there is a session but no usable token now (an `error` event says
   * why), or one that the request is not meant for. Without a session the request goes out without a token.
   */
  async answer(call: ApiCall): Promise<Response> {
    const { request, resource } = call
    const { client } = resource
    let session: StoredSession | undefined
    try {
      session = await this.#usableSession(resource, call.waitUntil)
    } catch (error) {
      this.#sessions.reportError(error, client)
      return Response.error()
    }
    if (!(await isMeant(call, session))) return Response.error()
    if (session === undefined) return call.fetch(withoutCredentialsOfPage(request))
    const spare = new Spare(request, resource.replayBodyLimitBytes)
    try {
      const response = await this.#send(call, request, session, spare)
      const replayed =
        response.status === 401 && isOfResource(response, resource)
          ? await this.#replay(call, spare, session, response)
          : undefined
      const last = replayed ?? response
      if (isOfResource(last, resource)) {
        const wasReplayed = replayed !== undefined
        this.#refusals.explain({ call, response: last, session, wasReplayed })
      }
      return this.#insideResources(last, call)
    } finally {
      spare.drop()
    }
  }

  #send(
    call: ApiCall,
    request: Request,
    { tokens }: StoredSession,
    spare: Spare,
  ): Promise<Response> {
    const { proofKey } = tokens
    if (proofKey) return this.#proven.send(call, request, { ...tokens, proofKey }, spare)
    const authorization = `Bearer ${tokens.accessToken.reveal()}`
    return call.fetch(copyWithHeaders(request, { authorization }))
  }

  /** The session with the API's token, not expired, after a refresh if that is what it takes. */
  async #usableSession(
    { client, target }: ParsedResource,
    waitUntil: ApiCall['waitUntil'],
  ): Promise<StoredSession | undefined> {
    const { config, tokens, wire } = this.#surroundings
    const stored = await tokens.read(client)
    if (stored === undefined) {
      // Notices and reports tokens that were lost with the worker.
      waitUntil(this.#sessions.session(client).catch(() => undefined))
      return undefined
    }
    const session = sessionFor(stored, target)
    if (session === undefined) return this.#refreshed(client, stored, target)
    const { expiresAt } = session.tokens
    if (expiresAt === null) return session
    const { refreshLeewaySeconds = 0 } = config.clients.find(({ name }) => name === client) ?? {}
    const now = wire.now()
    if (now < refreshFrom({ ...session.tokens, expiresAt }, refreshLeewaySeconds)) return session
    if (now < expiresAt) {
      waitUntil(this.#refresher.refreshInBackground(client, session, target))
      return session
    }
    return this.#refreshed(client, session, target)
  }

  /** The session after a refresh, or `undefined` when there is none any more and the request goes without a token. */
  async #refreshed(
    client: string,
    stale: StoredSession,
    target: Target,
  ): Promise<StoredSession | undefined> {
    try {
      await this.#refresher.refresh(client, stale, target)
    } catch (error) {
      if (!isAuthError(error) || !ENDED.has(error.code)) throw error
    }
    const stored = await this.#surroundings.tokens.read(client)
    const session = stored && sessionFor(stored, target)
    if (stored && !session) {
      throw failure('refresh-unavailable', 'refresh', {
        message: 'A sign-in came in between, and brought no token for this API yet; try again',
      })
    }
    return session
  }

  /** RFC 6750 section 3.1: a token that the API calls invalid is refreshed once, and the request sent once more. */
  async #replay(
    call: ApiCall,
    spare: Spare,
    used: StoredSession,
    response: Response,
  ): Promise<Response | undefined> {
    const { client, target } = call.resource
    const challenge = response.headers.get('www-authenticate')
    if (challenge === null && response.type === 'cors') {
      const error = failure('challenge-unreadable', 'api', {
        message:
          'An API answered 401 without a readable WWW-Authenticate header; expose it by CORS',
        status: 401,
      })
      this.#sessions.reportError(error, client)
    }
    if (challenge === null || !refusesToken(challenge, used)) return undefined
    if (used.tokens.refreshToken === undefined && !isFurther(target)) {
      await this.#sessions.end(client, used.generation, 'token-expired')
      return undefined
    }
    const session = await this.#refreshed(client, used, target).catch(() => undefined)
    if (!session || tokenId(session, target) === tokenId(used, target)) return undefined
    if (!(await isMeant(call, session))) return undefined
    const again = await spare.take()
    if (!again) return undefined
    await response.body?.cancel()
    return this.#send(call, again, session, spare)
  }

  /**
   * Browsers drop `Authorization` on a redirect to another origin (Fetch section 4.4), but keep it on one inside the origin.
   * An answer from there that is outside every resource could show what was sent, so it is withheld. So is a redirect that the
   * page wanted to be followed and that was not.
   */
  #insideResources(response: Response, { request, resource }: ApiCall): Response {
    const { resources } = this.#surroundings.config
    if (response.type !== 'opaqueredirect' || request.redirect !== 'follow') {
      if (!response.redirected || new URL(response.url).origin !== resource.origin) return response
      if (resources.some((candidate) => coversUrl(candidate, response.url))) return response
    }
    response.body?.cancel().catch(() => undefined)
    const error = failure('redirect-blocked', 'api', {
      message: `An API redirected to a path outside ${resource.origin}${resource.pathPrefix}, or a request whose DPoP proof is for one URL`,
    })
    this.#sessions.reportError(error, resource.client)
    return Response.error()
  }
}

/** After these there is no session any more. After everything else there may be one, and a request for it must not go without. */
const ENDED: ReadonlySet<AuthErrorCode> = new Set([
  'session-ended',
  'refresh-interrupted',
  'refresh-identity-mismatch',
  'dpop-downgrade',
  'token-expired',
  'not-signed-in',
])

/** To be asked of each session anew: another user may have signed in since. */
async function isMeant(call: ApiCall, session: StoredSession | undefined): Promise<boolean> {
  return call.isMeant === undefined || call.isMeant(session)
}

/** A refusal by someone else, at the end of a redirect, says nothing about the token. */
function isOfResource(response: Response, resource: ParsedResource): boolean {
  return !response.redirected || coversUrl(resource, response.url)
}

function withoutCredentialsOfPage(request: Request): Request {
  const { headers } = request
  if (!headers.has('authorization') && !headers.has('dpop')) return request
  return copyWithHeaders(request, {})
}

/** A bound token may be refused by whoever stands before the API and knows bearer tokens only. It is sent again as it was. */
function refusesToken(challenge: string, { tokens }: StoredSession): boolean {
  if (bearerError(challenge) === 'invalid_token') return true
  return tokens.proofKey !== undefined && dpopError(challenge) === 'invalid_token'
}
