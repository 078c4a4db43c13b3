import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

import { createControl } from '../control.ts'
import { readText, sendJson } from '../../../src/testing/server/http-text.ts'
import { bind, running, type PortOption, type RunningServer } from '../running-server.ts'
import { publicPart } from '../sign-jws.ts'
import { createSigningKeys, type SigningKey } from '../../../src/testing/server/signing-keys.ts'
import { BearerTokens, corsFor } from './bearer-tokens.ts'
import { Codes, hasChallenge, readAsked, type Granted } from './codes.ts'
import { idTokenFor, keyOf } from './id-tokens.ts'
import { noSecrets } from './no-secrets.ts'
import { formLimitBytes, refuseOnPage, sendBack, SignInPages } from './sign-in-pages.ts'

export interface IntastellarServerOptions {
  readonly port?: PortOption
  /** Origins that its CORS names, where it has any. */
  readonly appOrigins: readonly string[]
  readonly clientId: string
  readonly redirectUris: readonly string[]
  /** Where a sign-out may come back to. */
  readonly postLogoutRedirectUris: readonly string[]
}

const accessTokenSeconds = 900

/**
 * The sign-in service of the seed document "Intastellar Sign-In" (000): code and PKCE with S256, by full-page redirect in and out.
 * Its token endpoint is not meant for browsers: it takes public clients, but has no CORS until `{ do: 'cors', allow: true }`, and
 * with `{ do: 'public', allow: false }` wants a secret as well. Its pages are never shown in a frame.
 *
 * Commands besides those: `{ do: 'destinations' }`, as what browsers asked for the authorization endpoint (`Sec-Fetch-Dest`), and
 * `{ do: 'issued' }` as the other authorization server.
 */
export async function startIntastellarServer(
  options: IntastellarServerOptions,
): Promise<RunningServer> {
  const listener = await bind(options.port ?? 0)
  const key = keyOf(await createSigningKeys(), 'RS256')
  const service = new IntastellarService(listener.origin, options, key)
  const control = createControl({
    cors: (request) => service.tokenCors(request),
    onReset: () => service.reset(),
    commands: {
      issued: () => ({ ...service.issued }),
      destinations: () => ({ destinations: service.destinations }),
      cors: ({ allow }) => {
        service.allowsCors = allow === true
      },
      public: ({ allow }) => {
        service.allowsPublic = allow !== false
      },
    },
  })
  listener.serve(
    control.around((request, response) => {
      service.answer(request, response).catch(() => response.writeHead(400).end())
    }),
  )
  return running(listener, control)
}

class IntastellarService {
  issued = noSecrets()
  destinations: string[] = []
  allowsCors = false
  allowsPublic = true
  readonly #origin: string
  readonly #options: IntastellarServerOptions
  readonly #key: SigningKey
  readonly #pages = new SignInPages()
  readonly #codes = new Codes()
  readonly #tokens = new BearerTokens()

  constructor(origin: string, options: IntastellarServerOptions, key: SigningKey) {
    this.#origin = origin
    this.#options = options
    this.#key = key
  }

  reset(): void {
    this.issued = noSecrets()
    this.destinations = []
    this.allowsCors = false
    this.allowsPublic = true
  }

  tokenCors(request: IncomingMessage): OutgoingHttpHeaders {
    return this.allowsCors ? corsFor(request, this.#options.appOrigins) : {}
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.#origin)
    if (this.#pages.isAnswer(pathname)) {
      const said = await this.#pages.answer(request, response)
      if (said === undefined) return
      const { asked, agreed } = said
      const redirectUri = asked.redirectUri ?? ''
      const { state } = asked
      if (!agreed) return sendBack(response, redirectUri, { error: 'access_denied', state })
      const code = this.#codes.issue({ ...asked, user: said.user }, this.issued)
      return sendBack(response, redirectUri, { code, state })
    }
    switch (`${request.method} ${pathname}`) {
      case 'GET /authorize':
        this.destinations.push(String(request.headers['sec-fetch-dest'] ?? 'unknown'))
        return this.#authorize(searchParams, response)
      case 'POST /token':
        return this.#token(
          new URLSearchParams(await readText(request, formLimitBytes)),
          request,
          response,
        )
      case 'GET /jwks':
        return sendJson(
          response,
          200,
          { keys: [publicPart(this.#key)] },
          corsFor(request, this.#options.appOrigins),
        )
      case 'GET /logout':
        return this.#logout(searchParams, response)
      default:
        return void response.writeHead(404, this.tokenCors(request)).end()
    }
  }

  #authorize(parameters: URLSearchParams, response: ServerResponse): void {
    const isKnown =
      parameters.get('client_id') === this.#options.clientId &&
      this.#options.redirectUris.includes(parameters.get('redirect_uri') ?? '')
    if (!isKnown || parameters.get('response_type') !== 'code' || !hasChallenge(parameters)) {
      return refuseOnPage(response, { error: 'invalid_request' })
    }
    this.#pages.askWho(readAsked(parameters, this.issued), response)
  }

  #token(form: URLSearchParams, request: IncomingMessage, response: ServerResponse): void {
    const cors = this.tokenCors(request)
    if (!this.allowsPublic || form.get('client_id') !== this.#options.clientId) {
      const challenge = { 'www-authenticate': 'Basic realm="token"' }
      return sendJson(response, 401, { error: 'invalid_client' }, { ...cors, ...challenge })
    }
    const granted = this.#grantOf(form)
    if (granted === undefined) return sendJson(response, 400, { error: 'invalid_grant' }, cors)
    const client = { iss: this.#origin, aud: this.#options.clientId }
    const tokens = {
      access_token: this.#tokens.issueAccess(granted, this.issued),
      refresh_token: this.#tokens.issueRefresh(granted, this.issued),
      token_type: 'Bearer',
      expires_in: accessTokenSeconds,
      ...('nonce' in granted && {
        id_token: idTokenFor(granted, client, this.#key, this.issued),
      }),
    }
    sendJson(response, 200, tokens, cors)
  }

  #grantOf(form: URLSearchParams): Granted | Pick<Granted, 'user' | 'scope'> | undefined {
    if (form.get('grant_type') === 'refresh_token') return this.#tokens.rotate(form, this.issued)
    return this.#codes.redeem(form, this.issued)
  }

  #logout(parameters: URLSearchParams, response: ServerResponse): void {
    const target = parameters.get('post_logout_redirect_uri') ?? ''
    if (!this.#options.postLogoutRedirectUris.includes(target)) {
      return refuseOnPage(response, { error: 'invalid_request' })
    }
    sendBack(response, target, { state: parameters.get('state') })
  }
}

/** What its documentation says, for it has no discovery. */
export function intastellarMetadata(origin: string) {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    jwks_uri: `${origin}/jwks`,
    end_session_endpoint: `${origin}/logout`,
  } as const
}
