import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import {
  consentPage,
  errorPage,
  loginPage,
  pageHeaders,
} from '../../../src/testing/server/authorization-pages.ts'
import { readText } from '../../../src/testing/server/http-text.ts'
import type { Asked } from './codes.ts'

/** What the user of the pages said. */
export interface Said {
  readonly asked: Asked
  readonly user: string
  readonly agreed: boolean
}

export const formLimitBytes = 16_384
const prefix = '/interaction/'

/**
 * The pages of a service between the authorization request and its response: who is it, and does that user agree? Each is good
 * for one answer of the browser that it was shown to, so that no other site can answer for the user.
 */
export class SignInPages {
  readonly #waiting = new Map<string, { readonly asked: Asked; readonly user?: string }>()
  readonly #needsConsent: (user: string, asked: Asked) => boolean

  /** @param needsConsent whether a user is asked before the app gets anything. Default: nobody is. */
  constructor(needsConsent: (user: string, asked: Asked) => boolean = () => false) {
    this.#needsConsent = needsConsent
  }

  isAnswer(path: string): boolean {
    return path.startsWith(prefix)
  }

  askWho(asked: Asked, response: ServerResponse): void {
    const id = this.#wait({ asked }, response)
    response.writeHead(200, pageHeaders).end(loginPage(prefix + id, ''))
  }

  askConsent(asked: Asked, user: string, response: ServerResponse): void {
    const id = this.#wait({ asked, user }, response)
    response.writeHead(200, pageHeaders).end(consentPage(prefix + id, user, asked.scope))
  }

  /** @returns what the user said, or `undefined` when the response was answered with another page */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<Said | undefined> {
    const form = new URLSearchParams(await readText(request, formLimitBytes))
    const id = (request.url ?? '').slice(prefix.length)
    const waiting = this.#waiting.get(id)
    const isShownHere = request.headers.cookie?.includes(`interaction-${id}=`) === true
    if (request.method !== 'POST' || waiting === undefined || !isShownHere) {
      response.writeHead(403, pageHeaders).end(errorPage({ error: 'nobody was asked this' }))
      return undefined
    }
    this.#waiting.delete(id)
    const { asked } = waiting
    const user = waiting.user ?? form.get('username') ?? ''
    if (form.get('do') === 'cancel') return { asked, user, agreed: false }
    if (waiting.user === undefined && this.#needsConsent(user, asked)) {
      this.askConsent(asked, user, response)
      return undefined
    }
    return { asked, user, agreed: true }
  }

  #wait(waiting: { readonly asked: Asked; readonly user?: string }, response: ServerResponse) {
    const id = randomUUID()
    this.#waiting.set(id, waiting)
    response.appendHeader(
      'set-cookie',
      `interaction-${id}=1; Path=${prefix}${id}; HttpOnly; SameSite=Lax`,
    )
    return id
  }
}

/** Says on a page of the service itself why a request was not taken: there is nowhere safe to redirect to. */
export function refuseOnPage(
  response: ServerResponse,
  error: Readonly<Record<string, unknown>>,
): void {
  response.writeHead(400, pageHeaders).end(errorPage(error))
}

/** The authorization response. */
export function sendBack(
  response: ServerResponse,
  redirectUri: string,
  parameters: Readonly<Record<string, string | null>>,
  separator: '?' | '#' = '?',
): void {
  const sent = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== null) sent.set(name, value)
  response.writeHead(303, { location: redirectUri + separator + sent.toString() }).end()
}
