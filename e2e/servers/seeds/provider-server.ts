import { randomUUID } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

import { createControl } from '../control.ts'
import { readText, sendJson } from '../../../src/testing/server/http-text.ts'
import { bind, running, type RunningServer } from '../running-server.ts'
import { publicPart, signJws } from '../sign-jws.ts'
import { createSigningKeys, type SigningKey } from '../../../src/testing/server/signing-keys.ts'
import { BearerTokens, corsFor } from './bearer-tokens.ts'
import { Codes, readAsked, type Asked, type Granted } from './codes.ts'
import { startGateway } from './gateway.ts'
import { idTokenFor, keyOf, nowSeconds } from './id-tokens.ts'
import { noSecrets } from './no-secrets.ts'
import { formLimitBytes, refuseOnPage, sendBack, SignInPages } from './sign-in-pages.ts'

export interface ProviderServerOptions {
  /** Origins of the client: no other may read the token endpoint's answers. */
  readonly appOrigins: readonly string[]
  /** Origins that may call the gateway besides. */
  readonly apiCallers?: readonly string[]
  readonly clientId: string
  readonly redirectUris: readonly string[]
}

/** The provider; its gateway is a server of its own. */
export interface ProviderServer extends RunningServer {
  readonly gateway: RunningServer
}

const accessTokenSeconds = 60

/**
 * The OpenID provider of the seed document "OIDC Authorization Code Flow (with a Public Client)" (003), and the gateway of the
 * application's APIs: discovery and a key set that changes; a session at the provider; consent at a user's first sign-in; refresh
 * tokens that rotate and work until the provider wants to see the user.
 *
 * Commands: `{ do: 'rotate-keys' }`; `{ do: 'forge', on }` signs ID Tokens with a key that is not published;
 * `{ do: 'demand-user', error }` refuses every refresh token of before with that error; `{ do: 'expire-sessions' }`;
 * `{ do: 'issued' }` as the other authorization server. Those of the gateway are in {@link startGateway}.
 */
export async function startProviderServer(options: ProviderServerOptions): Promise<ProviderServer> {
  const listener = await bind(0)
  const gateway = await startGateway({
    issuer: listener.origin,
    appOrigins: [...options.appOrigins, ...(options.apiCallers ?? [])],
  })
  const provider = new Provider(listener.origin, options, `${gateway.origin}/`)
  await provider.rotateKeys()
  const control = createControl({
    cors: (request) => provider.cors(request),
    onReset: () => provider.reset(),
    commands: {
      issued: () => ({ ...provider.issued }),
      'rotate-keys': () => provider.rotateKeys(),
      forge: ({ on }) => {
        provider.isForging = on !== false
      },
      'demand-user': ({ error }) => provider.demandUser(String(error)),
      'expire-sessions': () => provider.sessions.clear(),
    },
  })
  listener.serve(
    control.around((request, response) => {
      provider.answer(request, response).catch(() => response.writeHead(400).end())
    }),
  )
  const server = running(listener, control)
  return {
    ...server,
    gateway,
    async close() {
      await Promise.all([server.close(), gateway.close()])
    },
  }
}

class Provider {
  issued = noSecrets()
  isForging = false
  /** User by the value of the session's cookie. */
  readonly sessions = new Map<string, string>()
  readonly #origin: string
  readonly #options: ProviderServerOptions
  readonly #audience: string
  readonly #consented = new Set<string>()
  readonly #pages: SignInPages
  readonly #codes = new Codes()
  #tokens = new BearerTokens()
  #refusal = 'invalid_grant'
  #keys: readonly SigningKey[] = []
  #unpublished: readonly SigningKey[] = []

  constructor(origin: string, options: ProviderServerOptions, audience: string) {
    this.#origin = origin
    this.#options = options
    this.#audience = audience
    this.#pages = new SignInPages((user) => !this.#consented.has(user))
  }

  reset(): void {
    this.issued = noSecrets()
    this.isForging = false
    this.sessions.clear()
    this.#consented.clear()
    this.#refusal = 'invalid_grant'
  }

  async rotateKeys(): Promise<void> {
    this.#keys = await createSigningKeys()
    // As the key of the key set by name, so that only the signature gives it away.
    const others = await createSigningKeys()
    this.#unpublished = others.map((key) => ({ ...key, kid: keyOf(this.#keys, 'RS256').kid }))
  }

  demandUser(error: string): void {
    this.#tokens = new BearerTokens()
    this.#refusal = error
    this.sessions.clear()
  }

  cors(request: IncomingMessage): OutgoingHttpHeaders {
    return corsFor(request, this.#options.appOrigins)
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.#origin)
    const cors = this.cors(request)
    if (this.#pages.isAnswer(pathname)) {
      const said = await this.#pages.answer(request, response)
      if (said === undefined) return
      return said.agreed ? this.#allow(said.asked, said.user, response) : deny(said.asked, response)
    }
    switch (`${request.method} ${pathname}`) {
      case 'GET /.well-known/openid-configuration':
        return sendJson(response, 200, this.#metadata(), cors)
      case 'GET /keys':
        return sendJson(response, 200, { keys: this.#keys.map(publicPart) }, cors)
      case 'GET /authorize':
        return this.#authorize(searchParams, request, response)
      case 'POST /token':
        return this.#token(
          new URLSearchParams(await readText(request, formLimitBytes)),
          response,
          cors,
        )
      default:
        return void response.writeHead(404, cors).end()
    }
  }

  #metadata(): object {
    return {
      issuer: this.#origin,
      authorization_endpoint: `${this.#origin}/authorize`,
      token_endpoint: `${this.#origin}/token`,
      jwks_uri: `${this.#origin}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['none'],
    }
  }

  #authorize(
    parameters: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const isKnown =
      parameters.get('client_id') === this.#options.clientId &&
      this.#options.redirectUris.includes(parameters.get('redirect_uri') ?? '')
    if (!isKnown || parameters.get('response_type') !== 'code') {
      return refuseOnPage(response, { error: 'invalid_request' })
    }
    const asked = readAsked(parameters, this.issued)
    const user = this.sessions.get(
      /provider-session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '',
    )
    if (user === undefined) return this.#pages.askWho(asked, response)
    if (parameters.get('prompt') === 'consent' || !this.#consented.has(user)) {
      return this.#pages.askConsent(asked, user, response)
    }
    this.#allow(asked, user, response)
  }

  #allow(asked: Asked, user: string, response: ServerResponse): void {
    this.#consented.add(user)
    const id = randomUUID()
    this.sessions.set(id, user)
    response.appendHeader('set-cookie', `provider-session=${id}; Path=/; HttpOnly; SameSite=Lax`)
    const code = this.#codes.issue({ ...asked, user }, this.issued)
    sendBack(response, asked.redirectUri ?? '', { code, state: asked.state })
  }

  #token(form: URLSearchParams, response: ServerResponse, cors: OutgoingHttpHeaders): void {
    if (form.get('client_id') !== this.#options.clientId) {
      return sendJson(response, 400, { error: 'invalid_client' }, cors)
    }
    if (form.get('grant_type') === 'refresh_token') {
      const holder = this.#tokens.rotate(form, this.issued)
      return holder === undefined
        ? sendJson(response, 400, { error: this.#refusal }, cors)
        : sendJson(response, 200, this.#tokensFor(holder), cors)
    }
    const granted = this.#codes.redeem(form, this.issued)
    if (granted === undefined) return sendJson(response, 400, { error: 'invalid_grant' }, cors)
    const keys = this.isForging ? this.#unpublished : this.#keys
    const client = { iss: this.#origin, aud: this.#options.clientId }
    const idToken = idTokenFor(granted, client, keyOf(keys, 'RS256'), this.issued)
    sendJson(response, 200, { ...this.#tokensFor(granted), id_token: idToken }, cors)
  }

  /** The access token says all that the gateway needs to know. */
  #tokensFor({ user, scope }: Pick<Granted, 'user' | 'scope'>): object {
    const iat = nowSeconds()
    const claims = { iss: this.#origin, aud: this.#audience, sub: user, scope, iat }
    const accessToken = signJws(
      { ...claims, exp: iat + accessTokenSeconds, jti: randomUUID() },
      keyOf(this.#keys, 'RS256'),
      { typ: 'at+jwt' },
    )
    this.issued.accessTokens.push(accessToken)
    return {
      access_token: accessToken,
      refresh_token: this.#tokens.issueRefresh({ user, scope }, this.issued),
      token_type: 'Bearer',
      expires_in: accessTokenSeconds,
      scope,
    }
  }
}

function deny({ redirectUri, state }: Asked, response: ServerResponse): void {
  sendBack(response, redirectUri ?? '', { error: 'access_denied', state })
}
