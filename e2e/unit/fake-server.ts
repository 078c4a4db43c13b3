import { ISSUER } from './parsed-config.ts'
import { makeSigningKey, type SigningKey } from './signing-key.ts'

/** Part of every value that must not leave the worker, so that a search finds any of them. */
export const MARK = 'S3CRET'

export interface SentRequest {
  readonly endpoint: Endpoint
  readonly url: string
  readonly init: RequestInit
  readonly form: URLSearchParams
}

type Endpoint =
  | 'openid-configuration'
  | 'oauth-authorization-server'
  | 'oauth-protected-resource'
  | 'authorize'
  | 'par'
  | 'jwks'
  | 'token'
  | 'revoke'
  | 'userinfo'
type Answer = (request: SentRequest) => Response | Promise<Response>

interface Granted {
  readonly nonce?: string
}

/**
 * An authorization server behind a `fetch`: signs real ID Tokens, rotates refresh tokens, and counts what it is asked.
 * A test replaces the answer of an endpoint with `answer`.
 */
export class FakeServer {
  readonly issuer: string
  readonly requests: SentRequest[] = []
  /** What is signed with, and what the JWKS shows. */
  key: SigningKey
  published: SigningKey[]
  metadata: Record<string, unknown>
  /** Extra or changed claims of every ID Token. `undefined` removes one. */
  claims: Record<string, unknown> = {}
  /** Extra or changed members of every token response. */
  tokens: Record<string, unknown> = {}
  /** Makes the ID Tokens instead of `key`. */
  sign: ((claims: object) => string | Promise<string>) | undefined
  readonly #now: () => number
  readonly #codes = new Map<string, Granted>()
  readonly #pushed = new Map<string, URLSearchParams>()
  readonly #answers = new Map<Endpoint, Answer>()
  #issued = 0

  constructor(key: SigningKey, now: () => number, issuer = ISSUER) {
    this.issuer = issuer
    this.key = key
    this.published = [key]
    this.#now = now
    this.metadata = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      revocation_endpoint: `${issuer}/revoke`,
      end_session_endpoint: `${issuer}/logout`,
      userinfo_endpoint: `${issuer}/userinfo`,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    }
  }

  static async start(now: () => number = () => Math.floor(Date.now() / 1000)): Promise<FakeServer> {
    return new FakeServer(await makeSigningKey(), now)
  }

  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const endpoint = endpointOf(url)
    const form = new URLSearchParams(init.body instanceof URLSearchParams ? init.body : '')
    const request = { endpoint, url, init, form }
    this.requests.push(request)
    const answer = this.#answers.get(endpoint)
    return answer ? answer(request) : this.#honestAnswer(request)
  }

  /** Replaces what an endpoint answers; without an answer the honest one comes back. */
  answer(endpoint: Endpoint, answer?: Answer): void {
    if (answer) this.#answers.set(endpoint, answer)
    else this.#answers.delete(endpoint)
  }

  /** How often it was asked for something, which HEAD does not. */
  count(endpoint: Endpoint, grantType?: string): number {
    return this.requests.filter(
      (request) =>
        request.endpoint === endpoint &&
        request.init.method !== 'HEAD' &&
        (grantType === undefined || request.form.get('grant_type') === grantType),
    ).length
  }

  /** The honest response to an authorization request. */
  authorize(url: string): URLSearchParams {
    const sent = new URL(url).searchParams
    const asked = this.#pushed.get(sent.get('request_uri') ?? '') ?? sent
    const code = `code-${MARK}-${(this.#issued += 1)}`
    const nonce = asked.get('nonce')
    this.#codes.set(code, nonce === null ? {} : { nonce })
    return new URLSearchParams({ code, state: asked.get('state') ?? '', iss: this.issuer })
  }

  /** The same as a signed response (JARM). */
  async signedResponse(
    url: string,
    more: object = {},
    header: object = {},
  ): Promise<URLSearchParams> {
    const { iss, code, state } = Object.fromEntries(this.authorize(url)) as Record<string, string>
    const exp = this.#now() + 60
    const response = await this.key.sign({ iss, aud: 'app', exp, code, state, ...more }, header)
    return new URLSearchParams({ response })
  }

  /** An honest token response with a fresh set of tokens. */
  async tokenResponse({ nonce }: Granted = {}): Promise<Response> {
    this.#issued += 1
    const body = {
      access_token: `at-${MARK}-${this.#issued}`,
      refresh_token: `rt-${MARK}-${this.#issued}`,
      token_type: 'Bearer',
      expires_in: 60,
      id_token: await this.idToken({ nonce }),
      ...this.tokens,
    }
    return json(body)
  }

  async idToken(more: object = {}, header: object = {}): Promise<string> {
    const now = this.#now()
    const claims = {
      iss: this.issuer,
      aud: 'app',
      sub: 'user-1',
      iat: now,
      exp: now + 300,
      name: 'Ada',
      ...more,
      ...this.claims,
    }
    return this.sign ? this.sign(claims) : this.key.sign(claims, header)
  }

  #honestAnswer({ endpoint, form }: SentRequest): Response | Promise<Response> {
    switch (endpoint) {
      case 'openid-configuration':
        return json(this.metadata)
      case 'jwks':
        return json({ keys: this.published.map(({ jwk }) => jwk) })
      case 'authorize':
        // As a server that mails login links; a test reads them with `authorize`.
        return new Response(null, { status: 200 })
      case 'par': {
        const requestUri = `urn:ietf:params:oauth:request_uri:${(this.#issued += 1)}`
        this.#pushed.set(requestUri, form)
        return json({ request_uri: requestUri, expires_in: 60 }, 201)
      }
      case 'userinfo':
        return json({ sub: 'user-1', email: 'ada@example.com', address: 'not to be shown' })
      case 'revoke':
        return new Response(null, { status: 200 })
      case 'token': {
        if (form.get('grant_type') === 'refresh_token') return this.tokenResponse()
        const code = form.get('code') ?? ''
        const granted = this.#codes.get(code)
        this.#codes.delete(code)
        return granted ? this.tokenResponse(granted) : json({ error: 'invalid_grant' }, 400)
      }
      default:
        return new Response('', { status: 404 })
    }
  }
}

function endpointOf(url: string): Endpoint {
  const { pathname } = new URL(url)
  const wellKnown = [
    'openid-configuration',
    'oauth-authorization-server',
    'oauth-protected-resource',
  ] as const
  for (const name of wellKnown) {
    if (pathname.includes(`/.well-known/${name}`)) return name
  }
  return pathname.split('/').at(-1) as Endpoint
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })
}

/** What `fetch` gives for a redirect that it was told not to follow. Cannot be constructed otherwise. */
export function opaqueRedirect(): Response {
  const response = new Response(null)
  Object.defineProperties(response, {
    status: { value: 0 },
    ok: { value: false },
    type: { value: 'opaqueredirect' },
  })
  return response
}

/** What `fetch` does when there is no network, or CORS forbids the answer. */
export function offline(): never {
  throw new TypeError(`Failed to fetch ${MARK}`)
}
