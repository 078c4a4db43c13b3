import type { IncomingMessage, ServerResponse } from 'node:http'

import { defaultClaims } from './configure-provider.ts'
import {
  parseDevServerOptions,
  type DevServerOptions,
  type ParsedDevServerOptions,
} from './dev-server-options.ts'
import { readText, sendJson } from './http-text.ts'
import { listenOnLoopback, type Listener } from './listener.ts'
import { isFromLocalProgram } from './local-program.ts'
import { createOpenIdServer, type OpenIdServer } from './openid-server.ts'
import { createSampleApi, type SampleApi } from './sample-api.ts'
import { SESSIONS_PATH, type SessionCookie } from './sessions-api.ts'

const DEFAULT_PORT = 4000
const DEFAULT_API_PORT = 4001
const BODY_LIMIT_BYTES = 16_384

/** A development server that answers. Not for production: everybody may sign in as anybody. */
export interface DevServer {
  readonly issuer: string
  /** Absent without a sample API. */
  readonly apiOrigin?: string
  /**
   * Makes a session as if the user had used the login page: a browser with these cookies of the issuer is not shown it any more.
   * The same by HTTP, from this machine only: `POST /dev-server/sessions` with `{"user":"ada"}`.
   */
  signIn(user: string): Promise<readonly SessionCookie[]>
  /**
   * Ends sessions and grants, of one user or of all: refresh tokens are refused, the sample API refuses access tokens, and the login
   * page is shown again. The same by HTTP: `DELETE /dev-server/sessions`.
   */
  revoke(user?: string): void
  /** Signs with new keys from now on. */
  rotateKeys(): Promise<void>
  /** Cuts open connections too. */
  close(): Promise<void>
}

/**
 * Starts an OpenID Provider for development and tests, and a sample API that takes its access tokens. Everything is in memory.
 * Needs the package `oidc-provider`.
 * @throws TypeError for options that cannot be used; Error when oidc-provider is missing; the system's error for a port that is taken
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const parsed = parseDevServerOptions(options)
  const { port = DEFAULT_PORT, apiPort = DEFAULT_API_PORT, dangerouslyListenOn: address } = options
  const listeners: Listener[] = []
  const listen = async (on: number): Promise<Listener> => {
    const listener = await listenOnLoopback(on, address === undefined ? {} : { address })
    listeners.push(listener)
    return listener
  }
  const close = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close()))
  }
  try {
    const listener = await listen(port)
    const apiListener = apiPort === false ? undefined : await listen(apiPort)
    return await serve(options, parsed, listener, apiListener, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function serve(
  options: DevServerOptions,
  parsed: ParsedDevServerOptions,
  listener: Listener,
  apiListener: Listener | undefined,
  close: () => Promise<void>,
): Promise<DevServer> {
  const issuer = listener.origin
  const [first = `${apiListener?.origin ?? issuer}/`, ...others] = options.resources ?? []
  const server = await createOpenIdServer(issuer, {
    appOrigins: parsed.guardianOrigins,
    clients: parsed.clients,
    resources: [first, ...others],
    apiScopes: options.scopes ?? [],
    isForUserInfo: () => false,
    claimsOf: (user) => parsed.users.get(user) ?? defaultClaims(user),
    furtherClaims: [...new Set([...parsed.users.values()].flatMap(Object.keys))],
    accessTokenSeconds: options.accessTokenSeconds ?? 300,
    idTokenAlg: 'RS256',
    issueRefreshTokens: true,
    rotateRefreshTokens: () => true,
    refreshGraceSeconds: options.refreshGraceSeconds ?? 10,
    requireDpopNonce: () => options.requireDpopNonce ?? false,
    requirePushedRequests: options.requirePushedRequests ?? false,
  })
  const api =
    apiListener &&
    createSampleApi({
      origin: apiListener.origin,
      issuer,
      audience: options.apiAudience ?? first,
      appOrigins: parsed.apiCallers,
      requireDpopNonce: options.requireDpopNonce ?? false,
    })
  const signIn = (user: string): Promise<SessionCookie[]> => server.logIn(user)
  const revoke = (user?: string): void => revokeEverything(server, api, user)
  if (api) apiListener.serve(api.answer)
  listener.serve((request, response) => {
    if (request.url === SESSIONS_PATH) {
      answerSessions(request, response, { signIn, revoke }).catch(() => response.destroy())
    } else server.answer(request, response)
  })
  return {
    issuer,
    ...(apiListener && { apiOrigin: apiListener.origin }),
    signIn,
    revoke,
    rotateKeys: () => server.rotateKeys(),
    close,
  }
}

function revokeEverything(
  { store }: OpenIdServer,
  api: SampleApi | undefined,
  user: string | undefined,
): void {
  store.destroyGrants(user)
  store.destroySessions(user)
  // Its tokens are self-contained.
  api?.revoke(user)
}

async function answerSessions(
  request: IncomingMessage,
  response: ServerResponse,
  { signIn, revoke }: Pick<DevServer, 'signIn' | 'revoke'>,
): Promise<void> {
  if (!isFromLocalProgram(request)) {
    request.resume()
    return sendJson(response, 403, { error: 'for programs of this machine only' })
  }
  const user = await readUser(request).catch(() => undefined)
  if (request.method === 'POST' && user) {
    sendJson(response, 200, { cookies: await signIn(user) })
  } else if (request.method === 'DELETE' && user !== undefined) {
    revoke(user === '' ? undefined : user)
    response.writeHead(204).end()
  } else {
    sendJson(response, 400, { error: 'send POST or DELETE with {"user":"…"}' })
  }
}

/** @returns an empty text for a request without a user */
async function readUser(request: IncomingMessage): Promise<string | undefined> {
  const text = await readText(request, BODY_LIMIT_BYTES)
  if (text === '') return ''
  const { user } = JSON.parse(text) as { readonly user?: unknown }
  return typeof user === 'string' ? user.trim() : undefined
}
