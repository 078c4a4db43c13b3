import { Queue, QueueStore, StorableRequest } from 'workbox-background-sync'
import type { MeantFor, PresentUser } from '../core/present-users.ts'
import { copyWithHeaders } from '../core/request-copies.ts'
import type { ApiAccess } from '../host/api-access.ts'
import { atPageMessages } from './page-messages.ts'
import { userAtStart } from './user-at-start.ts'
import type { CallOf, WorkboxPlugin } from './workbox-plugin.ts'

declare const self: ServiceWorkerGlobalScope

/**
 * `other-user`: another user signed in, or its own signed out. `user-unknown`: nobody could say whose it is. `expired`: older than
 * `maxRetentionTime`.
 */
export type DropReason = 'other-user' | 'user-unknown' | 'expired'

export interface ReplayQueueOptions {
  /** Minutes after which an entry is dropped; default 7 days, as Workbox has it. */
  readonly maxRetentionTime?: number
  /** Hears of each request that will never be sent. */
  readonly onDrop?: (dropped: {
    readonly request: Request
    readonly reason: DropReason
  }) => void | Promise<void>
  /** Hears of each request that was sent, with the answer. */
  readonly onReplay?: (replayed: {
    readonly request: Request
    readonly response: Response
  }) => void | Promise<void>
}

type Entry = Awaited<ReturnType<QueueStore['getAll']>>[number]

const WEEK_MINUTES = 7 * 24 * 60
/** Milliseconds for one request. */
const SEND_MS = 60_000
/** Answers that say: not now. RFC 9110 sections 15.5.2 and 15.5.9, RFC 6585 section 4. */
const NOT_NOW = [401, 408, 429]

/**
 * Requests that failed, kept until they can be sent: a plugin for strategies, on Workbox's queue.
 *
 * 1. An entry belongs to the user who was signed in when it was made, and is sent with a token of this user or not at all. When
 *    the user signs out, or another one signs in, it is dropped, and the app is told.
 * 2. Entries are sent in their order. The first that cannot be sent now keeps the others waiting: no network, no usable token, or
 *    an answer that says so (401, 408, 429, 5xx). Every other answer is one.
 * 3. An entry is removed after it was answered. If the worker is ended in between it is sent again.
 * 4. When: at a `sync` event, and whenever a page opens or its session changed, for browsers that have no background sync, and
 *    for a vault, which needs an open page.
 */
export class ReplayQueue implements WorkboxPlugin {
  readonly #api: ApiAccess
  readonly #name: string
  readonly #options: ReplayQueueOptions
  readonly #store: QueueStore
  readonly #queue: Queue
  #last = Promise.resolve()
  #next: Promise<void> | undefined

  /** @param api what `installGuardian` or `installForwarder` returned */
  constructor(api: ApiAccess, name: string, options: ReplayQueueOptions = {}) {
    this.#api = api
    this.#name = name
    this.#options = options
    this.#store = new QueueStore(name)
    const canSync = 'sync' in self.registration
    this.#queue = new Queue(name, {
      // What is too old is dropped here, where the app is told.
      maxRetentionTime: Infinity,
      // Only a browser that sent a sync event wants to know that it has to come again.
      onSync: () => (canSync ? this.replay() : this.replay().catch(() => undefined)),
    })
    atPageMessages(() => this.replay())
  }

  async handlerWillStart({ request, event, state }: CallOf<'handlerWillStart'>): Promise<void> {
    const user = await userAtStart(this.#api, request, event)
    Object.assign(state ?? {}, { user })
  }

  async fetchDidFail({ request, error, state }: CallOf<'fetchDidFail'>): Promise<void> {
    // The page does not want it any more.
    if (error.name === 'AbortError') return
    await this.#add(request, (state as { readonly user?: PresentUser } | undefined)?.user)
  }

  /** Adds a request by hand, for who is signed in now. Its body is used. */
  async push(request: Request): Promise<void> {
    await this.#add(request, await this.#api.userOf(request))
  }

  /**
   * Sends what waits, and drops what must not be sent any more. Workbox calls it by itself.
   * @throws Error when something waits still
   */
  replay(): Promise<void> {
    // A run that has begun may miss what was added since, so another one follows it.
    this.#next ??= this.#last.then(() => {
      this.#next = undefined
      const run = this.#alone()
      this.#last = run.catch(() => undefined)
      return run
    })
    return this.#next
  }

  async #add(request: Request, user: PresentUser | undefined): Promise<void> {
    if (user === 'unknown') return this.#tellDropped(request, 'user-unknown')
    const key = meantFor(user)
    await this.#queue.pushRequest({
      request: copyWithHeaders(request, {}),
      ...(key !== undefined && { metadata: { user: key } }),
    })
  }

  /** Not while another version of this worker does so. */
  #alone(): Promise<void> {
    const { locks } = navigator
    return locks.request(`token-guardian replay ${this.#name}`, { ifAvailable: true }, (lock) => {
      if (!lock) throw new Error(`Another worker sends what waits in the queue '${this.#name}'`)
      return this.#replay()
    })
  }

  async #replay(): Promise<void> {
    let isBlocked = false
    for (const entry of await this.#store.getAll()) {
      const request = new StorableRequest(entry.requestData).toRequest()
      const user = await this.#api.userOf(request)
      const reason = this.#reasonToDrop(entry, user)
      if (reason) {
        await this.#tellDropped(request, reason)
        await this.#store.deleteEntry(entry.id)
      } else if (user === 'unknown') isBlocked = true
      else isBlocked ||= !(await this.#send(entry, request, meantFor(user)))
    }
    if (isBlocked) throw new Error(`Something waits still in the queue '${this.#name}'`)
  }

  #reasonToDrop(
    { timestamp, metadata }: Entry,
    user: PresentUser | undefined,
  ): DropReason | undefined {
    const { maxRetentionTime = WEEK_MINUTES } = this.#options
    if (Date.now() - timestamp > maxRetentionTime * 60_000) return 'expired'
    if (user === 'unknown' || user === undefined) return undefined
    const { user: owner } = (metadata ?? {}) as { readonly user?: unknown }
    if (owner === undefined) return 'user-unknown'
    return owner === meantFor(user) ? undefined : 'other-user'
  }

  /** @returns whether it is done with */
  async #send(entry: Entry, request: Request, user: MeantFor | undefined): Promise<boolean> {
    let response: Response
    try {
      const signal = AbortSignal.timeout(SEND_MS)
      const init = { signal, ...(user !== undefined && { user }) }
      response = await this.#api.fetch(request.clone(), init)
    } catch {
      return false
    }
    if (response.status >= 500 || NOT_NOW.includes(response.status)) return false
    await this.#store.deleteEntry(entry.id)
    await this.#options.onReplay?.({ request, response })
    return true
  }

  async #tellDropped(request: Request, reason: DropReason): Promise<void> {
    await this.#options.onDrop?.({ request, reason })
  }
}

/** `undefined`: the request is for no resource, and carries nobody's token. */
function meantFor(user: Exclude<PresentUser, 'unknown'> | undefined): MeantFor | undefined {
  if (user === undefined) return undefined
  return user === 'nobody' ? null : user.key
}
