import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'

import type { Context } from 'oidc-provider'

import { defaultClaims, routes } from '../../src/testing/server/configure-provider.ts'
import { createOpenIdServer } from '../../src/testing/server/openid-server.ts'
import { createControl } from './control.ts'
import { DpopMode } from './dpop-mode.ts'
import { IssuedSecretsRecorder } from './issued-secrets.ts'
import { answerProviderLogout } from './provider-logouts.ts'
import { bind, running, type PortOption, type RunningServer } from './running-server.ts'

const DEFAULT_GRACE_SECONDS = 10

export interface AuthorizationServerOptions {
  readonly port: PortOption
  /** Origins that may call the token, revocation, UserInfo, key and discovery endpoints from a browser. */
  readonly appOrigins: readonly string[]
  /** Default: `/auth/callback` of each app origin. */
  readonly clientRedirectUris?: readonly string[]
  /** Default: `/auth/logout` and `/` of each app origin. */
  readonly postLogoutRedirectUris?: readonly string[]
  /** Access tokens are for `<apiOrigin>/`; a `revoke` command is passed on to its `/control`. */
  readonly apiOrigin: string
  /** Identifiers of more APIs, whose tokens are for them only; default none. */
  readonly furtherResources?: readonly string[]
  /** Default 60. */
  readonly accessTokenSeconds?: number
  /** Default `RS256`. */
  readonly idTokenAlg?: 'RS256' | 'ES256'
  /** Default true. */
  readonly issueRefreshTokens?: boolean
  /** Seconds in which a rotated refresh token still works once more. Default 10; 0 treats every reuse as theft. */
  readonly refreshGraceSeconds?: number
  /** Demand a nonce in DPoP proofs; default false. */
  readonly requireDpopNonce?: boolean
  /** Refuse authorization requests that were not pushed (RFC 9126); default false. */
  readonly requirePushedRequests?: boolean
}

/**
 * Starts an OpenID Provider whose issuer is the origin of its listener, with one public client `demo`, and a
 * login page that takes any user name with any password.
 *
 * Commands besides those of every server: `{ do: 'revoke', sub? }`, `{ do: 'expire-sessions', sub? }`,
 * `{ do: 'log-in', sub }`, which answers the cookies of a session,
 * `{ do: 'rotate-keys' }`, `{ do: 'refresh-grace', seconds }`, until the reset `{ do: 'refresh-rotation', on }` and
 * `{ do: 'register', redirectUris }`, those of {@link DpopMode}, and `{ do: 'issued' }`, which answers the secrets that were seen
 * since the last `reset`.
 */
export async function startAuthorizationServer(
  options: AuthorizationServerOptions,
): Promise<RunningServer> {
  await loadProviderQuietly()
  const listener = await bind(options.port)
  const dpop = new DpopMode(options.requireDpopNonce ?? false)
  const issued = new IssuedSecretsRecorder()
  const registered = options.clientRedirectUris ?? under(options.appOrigins, ['/auth/callback'])
  const postLogoutRedirectUris =
    options.postLogoutRedirectUris ?? under(options.appOrigins, ['/auth/logout', '/'])
  const clientOf = (redirectUris: readonly string[]) => ({
    clientId: 'demo',
    redirectUris,
    postLogoutRedirectUris,
  })
  let redirectUris = registered
  let rotatesRefreshTokens = true
  const server = await createOpenIdServer(listener.origin, {
    appOrigins: options.appOrigins,
    clients: [clientOf(registered)],
    resources: [`${options.apiOrigin}/`, ...(options.furtherResources ?? [])],
    apiScopes: ['api:read', 'api:write'],
    // Who asks for the email address and no API gets a token for the user's information.
    isForUserInfo: (scope) => scope.includes('email') && !scope.includes('api:'),
    claimsOf: (accountId, use) => ({
      ...defaultClaims(accountId),
      ...(use === 'userinfo' ? { locale: 'en-GB' } : {}),
    }),
    furtherClaims: [],
    accessTokenSeconds: options.accessTokenSeconds ?? 60,
    idTokenAlg: options.idTokenAlg ?? 'RS256',
    issueRefreshTokens: options.issueRefreshTokens ?? true,
    rotateRefreshTokens: () => rotatesRefreshTokens,
    refreshGraceSeconds: options.refreshGraceSeconds ?? DEFAULT_GRACE_SECONDS,
    requireDpopNonce: () => dpop.settings.nonce,
    requirePushedRequests: options.requirePushedRequests ?? false,
    middleware: [
      (ctx, next) => issued.observe(ctx, next),
      async (ctx, next) => {
        await next()
        applyMode(ctx, dpop)
      },
    ],
  })
  const { store } = server
  const register = (uris: readonly string[]): void => {
    if (redirectUris === uris) return
    redirectUris = uris
    server.register([clientOf(uris)])
  }

  const control = createControl({
    cors: (request) => corsHeaders(request, options.appOrigins),
    onReset: () => {
      issued.forget()
      dpop.reset()
      rotatesRefreshTokens = true
      register(registered)
    },
    commands: {
      dpop: (command) => dpop.change(command),
      issued: () => ({ ...issued.report() }),
      revoke: async ({ sub }) => {
        const user = typeof sub === 'string' ? sub : undefined
        const destroyed = store.destroyGrants(user)
        return { destroyed, api: await tellApi(options.apiOrigin, user) }
      },
      'log-in': async ({ sub }) => ({ cookies: await server.logIn(String(sub)) }),
      'expire-sessions': ({ sub }) => ({
        destroyed: store.destroySessions(typeof sub === 'string' ? sub : undefined),
      }),
      'refresh-grace': ({ seconds }) => {
        store.refreshGraceSeconds = typeof seconds === 'number' ? seconds : DEFAULT_GRACE_SECONDS
      },
      'refresh-rotation': ({ on }) => {
        rotatesRefreshTokens = on !== false
      },
      register: ({ redirectUris: uris }) => {
        if (!Array.isArray(uris)) throw new TypeError('"redirectUris" must be a list')
        register(uris.map(String))
      },
      'rotate-keys': () => server.rotateKeys(),
    },
  })

  listener.serve(
    control.around((request, response) => {
      if (!answerProviderLogout(request, response, postLogoutRedirectUris)) {
        server.answer(request, response)
      }
    }),
  )
  return running(listener, control)
}

/** oidc-provider warns on Node 20 when it is loaded; it works there, and our output is for the reader. */
async function loadProviderQuietly(): Promise<void> {
  const { warn } = console
  console.warn = () => undefined
  try {
    await import('oidc-provider')
  } finally {
    console.warn = warn
  }
}

function under(origins: readonly string[], paths: readonly string[]): string[] {
  return origins.flatMap((origin) => paths.map((path) => `${origin}${path}`))
}

function applyMode(ctx: Context, dpop: DpopMode): void {
  const exposed = ctx.response.get('access-control-expose-headers')
  if (exposed) ctx.set('access-control-expose-headers', dpop.exposed(exposed))
  if (dpop.settings.downgrade && ctx.path === routes.token && isTokenResponse(ctx.body)) {
    ctx.body = { ...ctx.body, token_type: 'Bearer' }
  }
}

function isTokenResponse(body: unknown): body is { readonly token_type: string } {
  return typeof body === 'object' && body !== null && 'token_type' in body
}

function corsHeaders(request: IncomingMessage, appOrigins: readonly string[]): OutgoingHttpHeaders {
  const { origin } = request.headers
  if (origin === undefined || !appOrigins.includes(origin)) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce, Retry-After',
  }
}

/** Access tokens are self-contained, so the API has to learn which ones to refuse. */
async function tellApi(
  apiOrigin: string,
  sub: string | undefined,
): Promise<'told' | 'unreachable'> {
  try {
    const answer = await fetch(`${apiOrigin}/control`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ do: 'revoke-before', at: Date.now() / 1000, sub }),
      signal: AbortSignal.timeout(2000),
    })
    return answer.ok ? 'told' : 'unreachable'
  } catch {
    return 'unreachable'
  }
}
