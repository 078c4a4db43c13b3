import { destinationOf } from '../../core/destinations.ts'
import { resourceFor } from '../../core/match-resource.ts'
import { MEANS_ANOTHER } from '../../core/request-copies.ts'
import type { ParsedResource } from '../../../src/contract/config.ts'
import { partsOf } from './parts-of.ts'
import type { PresentUser, PresentUsers } from '../../core/present-users.ts'
import type { AnswersRequests, DecisionBook } from '../../core/timeline.ts'
import { CREDIT_BYTES, USER_URL, type Call, type Head, type ToWorker } from '../wire.ts'

/** Headers that are the guardian's or the browser's to set. Those that change what a request means never leave the guardian. */
const WITHHELD =
  /^(authorization|dpop|cookie2?|host|origin|referer|cache-control|pragma|sec-.*|proxy-.*)$/i

/** Milliseconds until the worker is told that a call which may be repeated was begun; an answer says it as well. */
const SAY_BEGUN_AFTER_MS = 250
const MAY_BE_REPEATED = ['GET', 'HEAD']

/** Bytes up to which a body whose length is known comes with the head. */
const WHOLE_BODY_BYTES = 256 * 1024

export interface CallSurroundings {
  readonly resources: readonly ParsedResource[]
  readonly apiRequests: AnswersRequests
  readonly decisions?: DecisionBook | undefined
  readonly users: Pick<PresentUsers, 'of' | 'isMeant'>
  readonly post: (message: ToWorker, transfer?: Transferable[]) => void
  readonly reportUnreachable: (resource: ParsedResource) => void
}

/** One API request of the app: checked, authenticated, fetched, and its answer passed back part by part. */
export class ServedCall {
  readonly #call: Call
  readonly #surroundings: CallSurroundings
  readonly #abort = new AbortController()
  #isBegun = false
  #credit = CREDIT_BYTES
  #moreCredit: (() => void) | undefined

  constructor(call: Call, surroundings: CallSurroundings) {
    this.#call = call
    this.#surroundings = surroundings
  }

  addCredit(bytes: number): void {
    this.#credit = Math.min(CREDIT_BYTES, this.#credit + bytes)
    this.#moreCredit?.()
  }

  cancel(): void {
    this.#abort.abort()
    this.#moreCredit?.()
  }

  /** Takes the call back if nothing was sent yet; then nothing will be. */
  giveBack(): void {
    if (this.#isBegun) return
    this.#surroundings.post({ type: 'late', id: this.#call.id })
    this.cancel()
  }

  /** Never rejects: the worker is told how it went. */
  async run(): Promise<void> {
    const { id, method } = this.#call
    const { post } = this.#surroundings
    let timer: ReturnType<typeof setTimeout> | undefined
    if (MAY_BE_REPEATED.includes(method)) {
      timer = setTimeout(() => post({ type: 'begun', id }), SAY_BEGUN_AFTER_MS)
    } else {
      post({ type: 'taken', id })
    }
    try {
      const response = await this.#fetch()
      clearTimeout(timer)
      if (response.type === 'error') post({ type: 'failed', id })
      else await this.#passOn(response)
    } catch {
      post({ type: 'failed', id })
    } finally {
      clearTimeout(timer)
    }
  }

  async #fetch(): Promise<Response> {
    const { resources, apiRequests, decisions, reportUnreachable, users } = this.#surroundings
    const { url, user, destination } = this.#call
    if (url.startsWith(USER_URL)) return describe(await users.of(url.slice(USER_URL.length)))
    const request = this.#request()
    const purpose = destination ?? destinationOf(request)
    const resource = purpose && resourceFor(purpose, request, resources)
    if (resource === undefined) {
      decisions?.note({ what: 'request', outcome: 'refused', ms: 0 })
      return Response.error()
    }
    return apiRequests.answer({
      request,
      resource,
      fetch: (copy) => {
        this.#begin()
        return fetch(copy).catch((error: unknown) => {
          if (!this.#abort.signal.aborted) reportUnreachable(resource)
          throw error
        })
      },
      // A page lives on by itself.
      waitUntil: () => undefined,
      ...(user !== undefined && {
        isMeant: (session) => users.isMeant(user, resource.client, session),
      }),
    })
  }

  /** Said in the same turn as it is done: a page that is closed before it did neither. */
  #begin(): void {
    if (this.#isBegun || this.#abort.signal.aborted) return
    this.#isBegun = true
    const { id, method } = this.#call
    if (!MAY_BE_REPEATED.includes(method)) this.#surroundings.post({ type: 'begun', id })
  }

  #request(): Request {
    const { url, method, headers, body, redirect, cache, keepalive } = this.#call
    return new Request(url, {
      method,
      headers: headers
        .filter(([name]) => !WITHHELD.test(name) && !MEANS_ANOTHER.test(name))
        .map(([...pair]) => pair),
      ...(body === undefined ? {} : { body }),
      redirect,
      cache,
      // A Blob may be larger than what browsers send after a page has gone.
      keepalive: keepalive && !(body instanceof Blob),
      mode: 'cors',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: this.#abort.signal,
    })
  }

  async #passOn(response: Response): Promise<void> {
    const { id } = this.#call
    const { post } = this.#surroundings
    if (response.body === null || response.type === 'opaqueredirect') {
      return post(this.#head(response, 'none'))
    }
    const length = response.headers.get('content-length')
    if (length !== null && Number(length) <= WHOLE_BODY_BYTES) {
      const body = await response.arrayBuffer()
      return post(this.#head(response, body), [body])
    }
    post(this.#head(response, 'parts'))
    for await (const bytes of partsOf(response.body)) {
      this.#credit -= bytes.byteLength
      post({ type: 'part', id, bytes }, [bytes])
      while (this.#credit <= 0 && !this.#abort.signal.aborted) await this.#creditArrives()
    }
    post({ type: 'end', id })
  }

  #head(response: Response, body: Head['body']): Head {
    const { status, statusText, headers, url, redirected, type } = response
    return {
      type: 'head',
      id: this.#call.id,
      status,
      statusText,
      headers: [...headers],
      url,
      redirected,
      opaqueRedirect: type === 'opaqueredirect',
      body,
    }
  }

  #creditArrives(): Promise<void> {
    return new Promise((resolve) => {
      this.#moreCredit = resolve
    })
  }
}

function describe(user: PresentUser): Response {
  if (typeof user === 'object') {
    const headers = { 'content-length': String(user.key.length) }
    return new Response(user.key, { headers })
  }
  return new Response(null, { status: user === 'nobody' ? 204 : 404 })
}
