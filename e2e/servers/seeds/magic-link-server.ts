import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

import { pageHeaders } from '../../../src/testing/server/authorization-pages.ts'
import { createControl } from '../control.ts'
import { readText, sendJson } from '../../../src/testing/server/http-text.ts'
import { sha256 } from '../../../src/testing/server/jws.ts'
import { bind, running, type PortOption, type RunningServer } from '../running-server.ts'
import { publicPart, signJws } from '../sign-jws.ts'
import { createSigningKeys, type SigningKey } from '../../../src/testing/server/signing-keys.ts'
import { noSecrets } from './no-secrets.ts'

export interface MagicLinkServerOptions {
  readonly port?: PortOption
  /** Origins that may call it from a browser. */
  readonly appOrigins: readonly string[]
  readonly clientId: string
  readonly redirectUris: readonly string[]
  /** Default `RS256`. */
  readonly idTokenAlg?: 'RS256' | 'ES256'
}

/** A mail that was sent, as `{ do: 'mails' }` answers it. */
export interface Mail {
  readonly to: string
  readonly link: string
  /** The page that the link's user would see first. */
  readonly shows: 'create an account' | 'sign in'
}

const formLimitBytes = 16_384
const idTokenSeconds = 300

/**
 * The identity provider of the seed document "SPA integration guide" (002): an authorization request comes by POST with its
 * parameters in the query and gets 200 with no content; the link in the mail redirects to the redirect URI with code and state in
 * the fragment; the token endpoint takes `client_id`, `code_verifier` and `code` and answers `userinfo`, `id_token` and
 * `access_token`, and nothing else. A GET of the authorization URL shows the page for the one-click sign-in.
 *
 * Commands: `{ do: 'mails' }`, `{ do: 'userinfo', claims }` changes the next `userinfo` objects, `{ do: 'cors', allow }` switches CORS,
 * `{ do: 'issued' }` as the other authorization server.
 */
export async function startMagicLinkServer(
  options: MagicLinkServerOptions,
): Promise<RunningServer> {
  const listener = await bind(options.port ?? 0)
  const service = new MagicLinkService(listener.origin, options, await createSigningKeys())
  const control = createControl({
    cors: (request) => service.cors(request),
    onReset: () => service.forget(),
    commands: {
      mails: () => ({ mails: service.mails }),
      issued: () => ({ ...service.issued }),
      cors: ({ allow }) => {
        service.allowsCors = allow !== false
      },
      userinfo: ({ claims }) => {
        service.changedUserInfo = claims as Readonly<Record<string, unknown>>
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

interface Granted {
  readonly email: string
  readonly redirectUri: string
  readonly challenge: string
  readonly nonce: string | null
  readonly state: string | null
}

class MagicLinkService {
  mails: Mail[] = []
  issued = noSecrets()
  allowsCors = true
  changedUserInfo: Readonly<Record<string, unknown>> = {}
  readonly #origin: string
  readonly #options: MagicLinkServerOptions
  readonly #key: SigningKey
  readonly #links = new Map<string, Granted>()
  readonly #codes = new Map<string, Granted>()
  readonly #subjects = new Map<string, string>()

  constructor(origin: string, options: MagicLinkServerOptions, keys: readonly SigningKey[]) {
    this.#origin = origin
    this.#options = options
    const key = keys.find(({ alg }) => alg === (options.idTokenAlg ?? 'RS256'))
    if (key === undefined) throw new Error('There is no key of that algorithm')
    this.#key = key
  }

  forget(): void {
    this.mails = []
    this.issued = noSecrets()
    this.allowsCors = true
    this.changedUserInfo = {}
  }

  cors(request: IncomingMessage): OutgoingHttpHeaders {
    const { origin } = request.headers
    const isAllowed = origin !== undefined && this.#options.appOrigins.includes(origin)
    return this.allowsCors && isAllowed
      ? { vary: 'Origin', 'access-control-allow-origin': origin }
      : { vary: 'Origin' }
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.#origin)
    const cors = this.cors(request)
    switch (`${request.method} ${pathname}`) {
      case 'POST /authorize':
        return this.#sendMail(searchParams, response, cors)
      case 'GET /authorize':
        return this.#showPage(searchParams, response)
      case 'POST /one-click': {
        const form = new URLSearchParams(await readText(request, formLimitBytes))
        const granted = this.#read(new URLSearchParams(form.get('request') ?? ''))
        if (granted === undefined) return void response.writeHead(400).end()
        return this.#sendBack({ ...granted, email: form.get('email') ?? '' }, response)
      }
      case 'POST /token':
        return this.#exchange(
          new URLSearchParams(await readText(request, formLimitBytes)),
          response,
          cors,
        )
      case 'GET /jwks':
        return sendJson(response, 200, { keys: [publicPart(this.#key)] }, cors)
      default: {
        const granted = this.#links.get(pathname.replace('/link/', ''))
        if (request.method !== 'GET' || granted === undefined) {
          return void response.writeHead(404).end()
        }
        return this.#sendBack(granted, response)
      }
    }
  }

  #sendMail(asked: URLSearchParams, response: ServerResponse, cors: OutgoingHttpHeaders): void {
    const granted = this.#read(asked)
    if (granted === undefined || !granted.email.includes('@')) {
      return sendJson(response, 400, { error: 'invalid_request' }, cors)
    }
    const id = randomBytes(16).toString('hex')
    this.#links.set(id, granted)
    const shows = asked.get('prompt') === 'create' ? 'create an account' : 'sign in'
    this.mails.push({ to: granted.email, link: `${this.#origin}/link/${id}`, shows })
    response.writeHead(200, { ...cors, 'cache-control': 'no-store', 'content-length': 0 }).end()
  }

  /** Of the parameters only those of the seed are required; `state` and `nonce` come back as OpenID Connect has it. */
  #read(asked: URLSearchParams): Granted | undefined {
    const redirectUri = asked.get('redirect_uri') ?? ''
    const challenge = asked.get('code_challenge') ?? ''
    const isGood =
      asked.get('client_id') === this.#options.clientId &&
      this.#options.redirectUris.includes(redirectUri) &&
      asked.get('response_mode') === 'fragment' &&
      asked.get('code_challenge_method') === 'S256' &&
      challenge.length === 43
    if (!isGood) return undefined
    const [state, nonce] = [asked.get('state'), asked.get('nonce')]
    if (state !== null) this.issued.states.push(state)
    if (nonce !== null) this.issued.nonces.push(nonce)
    return { email: asked.get('login_hint') ?? '', redirectUri, challenge, nonce, state }
  }

  #showPage(asked: URLSearchParams, response: ServerResponse): void {
    if (this.#read(asked) === undefined) return void response.writeHead(400).end()
    const request = asked.toString().replaceAll('&', '&amp;').replaceAll('"', '&quot;')
    response.writeHead(200, pageHeaders).end(`<!doctype html><title>Sign in</title>
<form method="post" action="/one-click"><input type="hidden" name="request" value="${request}">
<label>Email <input name="email"></label><button>Continue</button></form>`)
  }

  #sendBack(granted: Granted, response: ServerResponse): void {
    const code = randomBytes(24).toString('base64url')
    this.issued.codes.push(code)
    this.#codes.set(code, granted)
    const { redirectUri, state } = granted
    const fragment = new URLSearchParams({ code, ...(state === null ? {} : { state }) })
    response.writeHead(303, { location: `${redirectUri}#${fragment.toString()}` }).end()
  }

  #exchange(form: URLSearchParams, response: ServerResponse, cors: OutgoingHttpHeaders): void {
    const code = form.get('code') ?? ''
    const verifier = form.get('code_verifier') ?? ''
    const granted = this.#codes.get(code)
    this.#codes.delete(code)
    const isGood = form.get('client_id') === this.#options.clientId && granted !== undefined
    if (!isGood || sha256(verifier) !== granted.challenge) {
      return sendJson(response, 400, { error: 'invalid_grant' }, cors)
    }
    this.issued.verifiers.push(verifier)
    const sub = this.#subjectOf(granted.email)
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: this.#origin, sub, iat: now, exp: now + idTokenSeconds }
    const idToken = signJws(
      {
        ...claims,
        aud: this.#options.clientId,
        ...(granted.nonce === null ? {} : { nonce: granted.nonce }),
      },
      this.#key,
    )
    const accessToken = signJws({ ...claims, aud: 'userinfo', jti: randomUUID() }, this.#key)
    this.issued.idTokens.push(idToken)
    this.issued.accessTokens.push(accessToken)
    const userinfo = { sub, email: granted.email, email_verified: true, ...this.changedUserInfo }
    sendJson(response, 200, { userinfo, id_token: idToken, access_token: accessToken }, cors)
  }

  #subjectOf(email: string): string {
    const sub = this.#subjects.get(email) ?? randomUUID()
    this.#subjects.set(email, sub)
    return sub
  }
}
