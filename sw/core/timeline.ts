import type { ParsedClient, ParsedConfig, ParsedResource } from '../../src/contract/config.ts'
import { isAuthError, type AuthErrorCode } from '../../src/contract/errors.ts'
import type { GuardianEvent } from '../../src/contract/messages.ts'
import type { Decision, Rule, Timeline, TimelineEntry } from '../../src/contract/timeline.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { failure } from '../protocol/failure.ts'
import type { ApiCall, ApiRequests } from './api-requests.ts'
import { refreshFrom } from './refresh-schedule.ts'
import { sessionFor } from './target-tokens.ts'
import type { TokenStore } from './token-store.ts'

/** Decisions that are kept. */
const MOST_ENTRIES = 200

/** Whoever answers requests for APIs. */
export type AnswersRequests = Pick<ApiRequests, 'answer'>

/** What the timeline needs of the place where decisions fall. */
interface TimelineSources {
  readonly config: ParsedConfig
  readonly tokens: Pick<TokenStore, 'read'>
}

/**
 * The last decisions, for the development panel: in memory only, and only where the configuration asks for it.
 *
 * An entry is built of what the configuration says, of closed lists and of numbers; of a request nothing gets here but its method, and
 * that is one that is configured. What the guardian tells pages it tells here too, and how a request went is for the page that made
 * it. So script in a page learns nothing here that it could not know without it.
 */
export class DecisionBook {
  readonly #kept: { readonly entry: TimelineEntry; readonly page: string | undefined }[] = []
  readonly #refreshing = new Set<string>()
  readonly #sources: TimelineSources
  readonly #now: () => number

  /** @param now milliseconds since 1970 */
  constructor(sources: TimelineSources, now: () => number) {
    this.#sources = sources
    this.#now = now
  }

  /** @param page id of the one page that may hear of it, where there are several */
  note(decision: Decision, page?: string): void {
    this.#kept.push({ entry: { ...decision, at: this.#now() }, page })
    if (this.#kept.length > MOST_ENTRIES) this.#kept.shift()
  }

  /** An event that pages are told: all, or one. */
  hear(event: GuardianEvent, page?: string): void {
    if (event.type === 'session') {
      const { client, session } = event
      const code = 'code' in session ? session.code : undefined
      this.note({ what: 'session', client, status: session.status, code })
    } else if (event.type === 'error') {
      const { code, phase, correlationId } = event.error
      this.note({ what: 'error', client: event.client, code, phase, correlationId })
    } else if (event.type === 'stepup') this.note({ what: 'stepup', client: event.client }, page)
  }

  /**
   * Notes how a refresh ends. Who asks for one that is under way begins none.
   * @param name of the client. Default: the first one
   * @param target key of the API whose token it is, where it has one of its own
   */
  refresh(name: string | undefined, refreshing: Promise<unknown>, target = ''): void {
    const client = this.#client(name)?.name ?? ''
    const key = `${client} ${target}`
    if (this.#refreshing.has(key)) return
    this.#refreshing.add(key)
    const began = this.#now()
    const end = (code?: AuthErrorCode): void => {
      this.#refreshing.delete(key)
      this.note({ what: 'refresh', client, code, ms: this.#now() - began })
    }
    refreshing.then(
      () => end(),
      (error: unknown) => end(isAuthError(error) ? error.code : 'internal'),
    )
  }

  /** The same answers, and how each request went: looked at from outside, whether it was sent, how often, and with a token or not. */
  watch(requests: AnswersRequests): AnswersRequests {
    return {
      answer: async (call) => {
        const { request, resource, page } = call
        const began = this.#now()
        let sent = 0
        let hasToken = false
        const fetch: ApiCall['fetch'] = (copy) => {
          sent += 1
          hasToken = copy.headers.has('authorization')
          return call.fetch(copy)
        }
        const answer = requests.answer({ ...call, fetch })
        const response = await answer.catch(() => undefined)
        const { type, status } = response ?? {}
        const arrived = hasToken ? (sent > 1 ? 'sent-again' : 'sent') : 'sent-without-token'
        const lost = sent > 0 ? 'withheld' : 'not-sent'
        this.note(
          {
            what: 'request',
            client: resource.client,
            rule: ruleOf(resource),
            method: request.method,
            outcome: response ? (type === 'error' ? lost : arrived) : 'failed',
            status: status || undefined,
            ms: this.#now() - began,
          },
          page,
        )
        return answer
      },
    }
  }

  /**
   * Answers `get-timeline`. Of a session only times leave, and whether there is a refresh token.
   * @param name of the client. Default: the first one
   * @param page that asks
   * @throws AuthError `unknown-client`
   */
  async answer(name?: string, page?: string): Promise<Timeline> {
    const { config, tokens } = this.#sources
    const client = this.#client(name)
    if (!client) {
      throw failure('unknown-client', 'request', { message: 'There is no client of that name' })
    }
    const stored = await tokens.read(client.name).catch(() => undefined)
    const apis = config.resources.filter((api) => api.client === client.name)
    return {
      client: client.name,
      entries: this.#kept
        .filter((kept) => kept.page === undefined || kept.page === page)
        .map(({ entry }) => entry)
        .filter((entry) => (entry.client ?? client.name) === client.name),
      tokens: apis.map((api) => {
        const token = stored && sessionFor(stored, api.target)?.tokens
        const expiresAt = token?.expiresAt ?? undefined
        const due =
          token?.refreshToken && expiresAt !== undefined
            ? epochSeconds(refreshFrom({ ...token, expiresAt }, client.refreshLeewaySeconds))
            : undefined
        return { rule: ruleOf(api), issuedAt: token?.issuedAt, expiresAt, refreshFrom: due }
      }),
      hasRefreshToken: stored?.tokens.refreshToken !== undefined,
    }
  }

  #client(name: string | undefined): ParsedClient | undefined {
    return this.#sources.config.clients.find((one) => name === undefined || one.name === name)
  }
}

function ruleOf({ origin, pathPrefix }: ParsedResource): Rule {
  return `${origin}${pathPrefix}` as Rule
}
