import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

import { createControl } from '../control.ts'
import { readText, sendJson } from '../../../src/testing/server/http-text.ts'
import { bind, running, type PortOption, type RunningServer } from '../running-server.ts'
import { publicPart } from '../sign-jws.ts'
import { createSigningKeys, type SigningKey } from '../../../src/testing/server/signing-keys.ts'
import { BearerTokens, corsFor } from './bearer-tokens.ts'
import { Codes, hasChallenge, readAsked } from './codes.ts'
import { idTokenFor, keyOf } from './id-tokens.ts'
import { noSecrets } from './no-secrets.ts'
import { formLimitBytes, refuseOnPage, sendBack, SignInPages } from './sign-in-pages.ts'

export interface IntelliAuthServerOptions {
  readonly port?: PortOption
  readonly appOrigins: readonly string[]
  readonly clientId: string
  readonly redirectUris: readonly string[]
}

const accessTokenSeconds = 3600

/**
 * The platform of the seed document "IntelliAuth" (001): `/oauth2/authorize` wants every parameter, `state` too, and a redirect
 * URI that is registered to the letter; the user signs in and consents. `/oauth2/token` takes a code once. `/api/me` is an API that takes its
 * access tokens.
 *
 * Commands: `{ do: 'register', redirectUris }` changes what is registered, `{ do: 'exchanges' }` answers the numbers of the codes
 * in the order in which they came, `{ do: 'expire' }` ends the access tokens, `{ do: 'issued' }` as the other authorization server.
 */
export async function startIntelliAuthServer(
  options: IntelliAuthServerOptions,
): Promise<RunningServer> {
  const listener = await bind(options.port ?? 0)
  const key = keyOf(await createSigningKeys(), 'RS256')
  const platform = new Platform(listener.origin, options, key)
  const control = createControl({
    cors: (request) => platform.cors(request),
    onReset: () => platform.reset(),
    commands: {
      issued: () => ({ ...platform.issued }),
      exchanges: () => ({ exchanges: platform.exchanges }),
      expire: () => platform.tokens.expire(),
      register: ({ redirectUris }) => {
        platform.redirectUris = redirectUris as string[]
      },
    },
  })
  listener.serve(
    control.around((request, response) => {
      platform.answer(request, response).catch(() => response.writeHead(400).end())
    }),
  )
  return running(listener, control)
}

class Platform {
  issued = noSecrets()
  exchanges: number[] = []
  redirectUris: readonly string[]
  readonly tokens = new BearerTokens()
  readonly #origin: string
  readonly #options: IntelliAuthServerOptions
  readonly #key: SigningKey
  readonly #pages = new SignInPages(() => true)
  readonly #codes = new Codes()

  constructor(origin: string, options: IntelliAuthServerOptions, key: SigningKey) {
    this.#origin = origin
    this.#options = options
    this.#key = key
    this.redirectUris = options.redirectUris
  }

  reset(): void {
    this.issued = noSecrets()
    this.exchanges = []
    this.redirectUris = this.#options.redirectUris
  }

  cors(request: IncomingMessage): OutgoingHttpHeaders {
    return corsFor(request, this.#options.appOrigins)
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.#origin)
    const cors = this.cors(request)
    if (pathname === '/api/me') return this.tokens.answerApi(request, response, cors)
    if (this.#pages.isAnswer(pathname)) {
      const said = await this.#pages.answer(request, response)
      if (said === undefined) return
      const { asked, user, agreed } = said
      const { redirectUri, state } = asked
      const code = agreed ? this.#codes.issue({ ...asked, user }, this.issued) : null
      const error = agreed ? null : 'access_denied'
      return sendBack(response, redirectUri ?? '', { code, error, state })
    }
    switch (`${request.method} ${pathname}`) {
      case 'GET /oauth2/authorize':
        return this.#authorize(searchParams, response)
      case 'POST /oauth2/token':
        return this.#token(
          new URLSearchParams(await readText(request, formLimitBytes)),
          response,
          cors,
        )
      case 'GET /oauth2/jwks':
        return sendJson(response, 200, { keys: [publicPart(this.#key)] }, cors)
      default:
        return void response.writeHead(404, cors).end()
    }
  }

  #authorize(parameters: URLSearchParams, response: ServerResponse): void {
    const sent = parameters.get('redirect_uri') ?? ''
    if (!this.redirectUris.includes(sent)) {
      const registered = this.redirectUris.join(' ')
      return refuseOnPage(response, { error: 'redirect_uri is not registered', sent, registered })
    }
    const isComplete =
      parameters.get('client_id') === this.#options.clientId &&
      parameters.get('response_type') === 'code' &&
      parameters.get('scope') !== null &&
      Boolean(parameters.get('state')) &&
      hasChallenge(parameters)
    if (!isComplete) return refuseOnPage(response, { error: 'invalid_request' })
    this.#pages.askWho(readAsked(parameters, this.issued), response)
  }

  #token(form: URLSearchParams, response: ServerResponse, cors: OutgoingHttpHeaders): void {
    const refuse = (error: string): void => sendJson(response, 400, { error }, cors)
    if (form.get('client_id') !== this.#options.clientId) return refuse('invalid_client')
    if (form.get('grant_type') === 'refresh_token') {
      const holder = this.tokens.rotate(form, this.issued)
      return holder === undefined
        ? refuse('invalid_grant')
        : sendJson(response, 200, this.#tokensFor(holder), cors)
    }
    if (form.get('grant_type') !== 'authorization_code') return refuse('unsupported_grant_type')
    this.exchanges.push(this.issued.codes.indexOf(form.get('code') ?? ''))
    const granted = this.#codes.redeem(form, this.issued)
    if (granted === undefined || !this.redirectUris.includes(granted.redirectUri ?? '')) {
      return refuse('invalid_grant')
    }
    const client = { iss: this.#origin, aud: this.#options.clientId }
    const idToken = idTokenFor(granted, client, this.#key, this.issued)
    sendJson(response, 200, { ...this.#tokensFor(granted), id_token: idToken }, cors)
  }

  #tokensFor(holder: { readonly user: string; readonly scope: string }): object {
    return {
      access_token: this.tokens.issueAccess(holder, this.issued),
      refresh_token: this.tokens.issueRefresh(holder, this.issued),
      token_type: 'Bearer',
      expires_in: accessTokenSeconds,
      scope: holder.scope,
    }
  }
}

/** What its documentation says, for it has no discovery. */
export function intelliAuthMetadata(origin: string) {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/oauth2/authorize`,
    token_endpoint: `${origin}/oauth2/token`,
    jwks_uri: `${origin}/oauth2/jwks`,
  } as const
}
