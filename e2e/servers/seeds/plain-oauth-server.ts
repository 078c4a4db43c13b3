import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

import { createControl } from '../control.ts'
import { readText, sendJson } from '../../../src/testing/server/http-text.ts'
import { bind, running, type PortOption, type RunningServer } from '../running-server.ts'
import { BearerTokens, corsFor } from './bearer-tokens.ts'
import { Codes, readAsked, type Asked } from './codes.ts'
import { noSecrets } from './no-secrets.ts'
import { formLimitBytes, refuseOnPage, sendBack, SignInPages } from './sign-in-pages.ts'

export interface PlainOAuthServerOptions {
  readonly port?: PortOption
  readonly appOrigins: readonly string[]
  /** Origins that may call the API besides. */
  readonly apiCallers?: readonly string[]
  readonly clientId: string
  /** The one that is registered; a request may leave it out. */
  readonly redirectUri: string
}

const accessTokenSeconds = 600

/**
 * The service of the seed document "Single-Page Apps" (004): OAuth 2.0 and nothing besides. No metadata, no ID Token, no refresh
 * token; `/oauth/authorize` shows what is asked for and the user approves or denies it; `/oauth/token` wants `client_id` in the
 * body, and `redirect_uri` if the authorization request had one. The API at `/api/me` is part of the service.
 *
 * Commands: `{ do: 'implicit', on }` lets it answer with a token in the fragment whatever was asked for, as services with the
 * implicit flow do, `{ do: 'token-requests' }` answers the names of the parameters that came and whether a client
 * authenticated, and `{ do: 'issued' }` as the other authorization server.
 */
export async function startPlainOAuthServer(
  options: PlainOAuthServerOptions,
): Promise<RunningServer> {
  const listener = await bind(options.port ?? 0)
  const service = new PlainService(listener.origin, options)
  const control = createControl({
    cors: (request) => service.cors(request),
    onReset: () => service.reset(),
    commands: {
      issued: () => ({ ...service.issued }),
      'token-requests': () => ({ requests: service.tokenRequests }),
      implicit: ({ on }) => {
        service.isImplicit = on !== false
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

/** A token request, without its values. */
export interface TokenRequestNames {
  readonly parameters: readonly string[]
  readonly hasAuthorization: boolean
}

class PlainService {
  issued = noSecrets()
  tokenRequests: TokenRequestNames[] = []
  isImplicit = false
  readonly #origin: string
  readonly #options: PlainOAuthServerOptions
  readonly #pages = new SignInPages(() => true)
  readonly #codes = new Codes()
  readonly #tokens = new BearerTokens()

  constructor(origin: string, options: PlainOAuthServerOptions) {
    this.#origin = origin
    this.#options = options
  }

  reset(): void {
    this.issued = noSecrets()
    this.tokenRequests = []
    this.isImplicit = false
  }

  cors(request: IncomingMessage): OutgoingHttpHeaders {
    return corsFor(request, this.#options.appOrigins)
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.#origin)
    const cors = this.cors(request)
    if (pathname === '/api/me') {
      const { appOrigins, apiCallers = [] } = this.#options
      const callers = corsFor(request, [...appOrigins, ...apiCallers])
      return this.#tokens.answerApi(request, response, callers)
    }
    if (this.#pages.isAnswer(pathname)) {
      const said = await this.#pages.answer(request, response)
      if (said === undefined) return
      const { asked, user, agreed } = said
      return agreed ? this.#approve(asked, user, response) : this.#deny(asked, response)
    }
    switch (`${request.method} ${pathname}`) {
      case 'GET /oauth/authorize':
        return this.#authorize(searchParams, response)
      case 'POST /oauth/token':
        return this.#token(
          new URLSearchParams(await readText(request, formLimitBytes)),
          request,
          response,
        )
      default:
        return void response.writeHead(404, cors).end()
    }
  }

  #authorize(parameters: URLSearchParams, response: ServerResponse): void {
    const redirectUri = parameters.get('redirect_uri')
    const isKnown =
      parameters.get('client_id') === this.#options.clientId &&
      (redirectUri === null || redirectUri === this.#options.redirectUri)
    if (!isKnown || parameters.get('response_type') !== 'code') {
      return refuseOnPage(response, { error: 'invalid_request' })
    }
    this.#pages.askWho(readAsked(parameters, this.issued), response)
  }

  #approve(asked: Asked, user: string, response: ServerResponse): void {
    const { redirectUri, state, scope } = asked
    const target = redirectUri ?? this.#options.redirectUri
    if (!this.isImplicit) {
      const code = this.#codes.issue({ ...asked, user }, this.issued)
      return sendBack(response, target, { code, state })
    }
    const token = this.#tokens.issueAccess({ user, scope }, this.issued)
    const parameters = { access_token: token, token_type: 'bearer', state }
    sendBack(response, target, parameters, '#')
  }

  #deny({ redirectUri, state }: Asked, response: ServerResponse): void {
    const description = '<b>No</b>, said the user'
    sendBack(response, redirectUri ?? this.#options.redirectUri, {
      error: 'access_denied',
      error_description: description,
      state,
    })
  }

  #token(form: URLSearchParams, request: IncomingMessage, response: ServerResponse): void {
    const cors = this.cors(request)
    const hasAuthorization = request.headers.authorization !== undefined
    this.tokenRequests.push({ parameters: [...form.keys()].toSorted(), hasAuthorization })
    const refuse = (error: string): void => sendJson(response, 400, { error }, cors)
    if (form.get('client_id') !== this.#options.clientId) return refuse('invalid_client')
    if (form.get('grant_type') !== 'authorization_code') return refuse('unsupported_grant_type')
    const granted = this.#codes.redeem(form, this.issued)
    if (granted === undefined) return refuse('invalid_grant')
    const tokens = {
      access_token: this.#tokens.issueAccess(granted, this.issued),
      token_type: 'bearer',
      expires_in: accessTokenSeconds,
    }
    sendJson(response, 200, tokens, cors)
  }
}

/** What its documentation says, for it has no discovery. */
export function plainOAuthMetadata(origin: string) {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/oauth/authorize`,
    token_endpoint: `${origin}/oauth/token`,
  } as const
}
