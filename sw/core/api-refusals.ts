import type { ParsedResource } from '../../src/contract/config.ts'
import { readRefusal } from '../protocol/api-refusal.ts'
import { bearerError, dpopError } from '../protocol/bearer-challenge.ts'
import { failure } from '../protocol/failure.ts'
import { ApiDiagnosis } from './api-diagnosis.ts'
import type { ApiCall, ApiSurroundings, Sessions } from './api-requests.ts'
import { NowAndThen } from './now-and-then.ts'
import { attemptsAt, MOST_ATTEMPTS } from './step-up.ts'
import type { StoredSession } from './token-store.ts'

/** A refusal by an API that no refresh can change, on its way to the page. */
export interface Refused {
  readonly call: ApiCall
  readonly response: Response
  readonly session: StoredSession
  /** Whether the token had just been refreshed for it. */
  readonly wasReplayed: boolean
}

/** Seconds in which pages are told the same once. */
const ANNOUNCE_SECONDS = 1
const DIAGNOSE_SECONDS = 10

/**
 * Tells pages why an API refused a token, where a new token of the same sign-in would not help. The answer itself goes to the
 * page as it is: nothing is sent again, and nothing is refreshed.
 */
export class ApiRefusals {
  readonly #surroundings: ApiSurroundings
  readonly #sessions: Pick<Sessions, 'reportError'>
  readonly #occasions: NowAndThen
  readonly #diagnoses: NowAndThen
  readonly #diagnosis: ApiDiagnosis

  constructor(surroundings: ApiSurroundings, sessions: Pick<Sessions, 'reportError'>) {
    this.#surroundings = surroundings
    this.#sessions = sessions
    const now = (): number => surroundings.wire.now()
    this.#occasions = new NowAndThen(ANNOUNCE_SECONDS, now)
    this.#diagnoses = new NowAndThen(DIAGNOSE_SECONDS, now)
    this.#diagnosis = new ApiDiagnosis(surroundings)
  }

  explain(refused: Refused): void {
    const { status, headers } = refused.response
    const challenge = headers.get('www-authenticate')
    if ((status !== 401 && status !== 403) || challenge === null) return
    const refusal = readRefusal(status, challenge)
    switch (refusal.reason) {
      case 'step-up':
        return this.#announceStepUp(refused, refusal.requirement)
      case 'scope':
        return this.#reportScope(refused, refusal.scope)
      case 'other': {
        if (status !== 401) return
        // An invalid token that could not be refreshed now needs no explanation; a new one does, and an API that offers one.
        const { resourceMetadata } = refusal
        const error = bearerError(challenge) ?? dpopError(challenge)
        const isOffered =
          resourceMetadata !== undefined && error !== 'invalid_token' && error !== 'use_dpop_nonce'
        if (refused.wasReplayed || isOffered) this.#diagnose(refused, resourceMetadata)
      }
    }
  }

  #announceStepUp(
    { call: { resource, page = '' }, session }: Refused,
    requirement: Extract<ReturnType<typeof readRefusal>, { reason: 'step-up' }>['requirement'],
  ): void {
    const { client } = resource
    const { tokens, generation } = session
    const what = JSON.stringify([client, urlOf(resource), requirement, generation, page])
    if (!this.#occasions.isDue(what)) return
    const attempts = attemptsAt(requirement, tokens.stepUp, this.#surroundings.wire.now())
    if (attempts < MOST_ATTEMPTS) {
      const stepUp = { ...requirement, resource: urlOf(resource), client, attempts }
      // To the page that asked: every page that hears it may begin a sign-in.
      return this.#surroundings.tell({ type: 'stepup', client, stepUp }, page)
    }
    const error = failure('step-up-failed', 'api', {
      message: `${urlOf(resource)} still asks for a stronger sign-in after ${attempts} of them; compare what it asks for with what the server puts into its tokens`,
      status: 401,
    })
    this.#sessions.reportError(error, client)
  }

  #reportScope({ call: { resource } }: Refused, scope: readonly string[]): void {
    const { client } = resource
    if (!this.#occasions.isDue(JSON.stringify([client, urlOf(resource), scope]))) return
    const error = failure('insufficient-scope', 'api', {
      message: `${urlOf(resource)} needs a scope that the access token does not have; see \`scope\``,
      status: 403,
      scope,
    })
    this.#sessions.reportError(error, client)
  }

  #diagnose({ call: { resource, waitUntil }, session }: Refused, named: string | undefined): void {
    if (!this.#diagnoses.isDue(urlOf(resource))) return
    waitUntil(
      this.#diagnosis
        .explain(resource, session, named)
        .then((error) => this.#sessions.reportError(error, resource.client)),
    )
  }
}

function urlOf({ origin, pathPrefix }: ParsedResource): string {
  return origin + pathPrefix
}
