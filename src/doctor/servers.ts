import type { ParsedClient } from '../contract/config.ts'
import { isRecord } from '../contract/field-reader.ts'
import { guardianOrigin, isAnswer, isRedirect, type Answer, type Deployment } from './deployment.ts'

/** Metadata as it came: nothing in it is checked. */
export type Metadata = Readonly<Record<string, unknown>>

/** What became of the question for metadata. */
export interface Discovered {
  readonly client: ParsedClient
  /** Where it is; `undefined` when it is in the configuration. */
  readonly url?: string
  readonly metadata?: Metadata
  /** The last answer, when that held none. */
  readonly answer?: Answer
  readonly failed?: string
}

/** Asked once for each run, from the guardian's origin, as the guardian does. */
export class Servers {
  readonly #deployment: Deployment
  readonly #discovered = new Map<string, Promise<Discovered>>()
  readonly #exchanges = new Map<string, ReturnType<Deployment['ask']>>()

  constructor(deployment: Deployment) {
    this.#deployment = deployment
  }

  discover(client: ParsedClient): Promise<Discovered> {
    const known = this.#discovered.get(client.name) ?? this.#discover(client)
    this.#discovered.set(client.name, known)
    return known
  }

  /** The endpoint of that name, when it is there and a URL of the web. */
  async endpoint(client: ParsedClient, name: string): Promise<string | undefined> {
    const value = (await this.discover(client)).metadata?.[name]
    return typeof value === 'string' && /^https?:\/\/[^\s]+$/i.test(value) ? value : undefined
  }

  /** The token endpoint's answer to a code that nobody issued: it says whether it knows the client, and whom it lets read. */
  async exchange(client: ParsedClient, url: string): ReturnType<Deployment['ask']> {
    const known = this.#exchanges.get(client.name) ?? this.#exchange(client, url)
    this.#exchanges.set(client.name, known)
    return known
  }

  async #exchange(client: ParsedClient, url: string): ReturnType<Deployment['ask']> {
    const origin = guardianOrigin(this.#deployment)
    return this.#deployment.ask(url, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
      body: formOf({
        grant_type: 'authorization_code',
        client_id: client.clientId,
        code: 'token-guardian-doctor',
        redirect_uri: origin + client.redirectPath,
        code_verifier: 'token-guardian-doctor'.repeat(3),
      }),
    })
  }

  async #discover(client: ParsedClient): Promise<Discovered> {
    if (client.metadata) return { client, metadata: client.metadata }
    const headers = { origin: guardianOrigin(this.#deployment), accept: 'application/json' }
    let last: Discovered = { client }
    for (const url of discoveryUrls(client.issuer)) {
      const answer = await this.#deployment.ask(url, { headers })
      if (!isAnswer(answer)) return { client, url, failed: answer.failed }
      const metadata = answer.status === 200 ? parseJson(answer.text) : undefined
      if (answer.status === 200) return { client, url, answer, ...(metadata && { metadata }) }
      // A redirect says more than that the other place has nothing.
      if (!last.answer || !isRedirect(last.answer)) last = { client, url, answer }
    }
    return last
  }
}

/** OpenID Connect Discovery section 4 and RFC 8414 section 3. */
function discoveryUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ]
}

/** @returns `undefined` for what is no JSON object */
export function parseJson(text: string): Metadata | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** `application/x-www-form-urlencoded`, also as a query. */
export function formOf(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
}

/** A member that should be a list of texts; `undefined` when it is not there. */
export function listOf(metadata: Metadata, name: string): readonly string[] | undefined {
  const value = metadata[name]
  return Array.isArray(value)
    ? value.filter((entry): entry is string => typeof entry === 'string')
    : undefined
}
