import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'

import type Provider from 'oidc-provider'
import type { Context } from 'oidc-provider'

import { createControl } from './control.ts'
import { DpopMode } from './dpop-mode.ts'
import { IssuedSecretsRecorder } from './issued-secrets.ts'
import { answerInteraction, interactionPath, logIn } from './login-interaction.ts'
import { MemoryStore } from './memory-adapter.ts'
import { answerProviderLogout } from './provider-logouts.ts'
import {
  configureProvider,
  createServerSecrets,
  routes,
  twoWeeksSeconds,
} from './provider-configuration.ts'
import type { ProviderSettings } from './provider-configuration.ts'
import { bind, running, type PortOption, type RunningServer } from './running-server.ts'
import { createSigningKeys, type SigningKey } from './signing-keys.ts'

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
  const { Provider: OidcProvider, errors, interactionPolicy } = await importProvider()
  const listener = await bind(options.port)
  const dpop = new DpopMode(options.requireDpopNonce ?? false)
  const registered = options.clientRedirectUris ?? under(options.appOrigins, ['/auth/callback'])
  let redirectUris = registered
  let rotatesRefreshTokens = true
  const settings = {
    appOrigins: options.appOrigins,
    postLogoutRedirectUris:
      options.postLogoutRedirectUris ?? under(options.appOrigins, ['/auth/logout', '/']),
    resources: [`${options.apiOrigin}/`, ...(options.furtherResources ?? [])],
    accessTokenSeconds: options.accessTokenSeconds ?? 60,
    idTokenAlg: options.idTokenAlg ?? 'RS256',
    issueRefreshTokens: options.issueRefreshTokens ?? true,
    rotateRefreshTokens: () => rotatesRefreshTokens,
    requireDpopNonce: () => dpop.settings.nonce,
    requirePushedRequests: options.requirePushedRequests ?? false,
    invalidTarget: errors.InvalidTarget,
    interactionPolicy,
  } satisfies Omit<ProviderSettings, 'clientRedirectUris'>
  const store = new MemoryStore()
  store.refreshGraceSeconds = options.refreshGraceSeconds ?? DEFAULT_GRACE_SECONDS
  const secrets = createServerSecrets()
  const issued = new IssuedSecretsRecorder()

  // Keys and clients are fixed when a provider is made, so new ones mean a new provider over the same store. Old
  // keys still verify an id_token_hint, but they are no longer published.
  let keys: readonly SigningKey[] = []
  let published = new Set<string>()
  const renewKeys = async (): Promise<void> => {
    const fresh = await createSigningKeys()
    keys = [...fresh, ...keys]
    published = new Set(fresh.map((key) => key.kid))
  }
  const makeProvider = (): Provider => {
    const configuration = { ...settings, clientRedirectUris: redirectUris }
    const made = new OidcProvider(
      listener.origin,
      configureProvider(configuration, store, keys, secrets),
    )
    made.use((ctx, next) => issued.observe(ctx, next))
    made.use(async (ctx, next) => {
      await next()
      hideFromOthers(ctx, settings.appOrigins)
      applyMode(ctx, dpop)
      if (isKeySet(ctx.body)) {
        ctx.body = { keys: ctx.body.keys.filter((key) => published.has(key.kid)) }
      }
    })
    return made
  }
  await renewKeys()
  let provider = makeProvider()
  let callback = provider.callback()
  const remakeProvider = (): void => {
    provider = makeProvider()
    callback = provider.callback()
  }
  const register = (uris: readonly string[]): void => {
    if (redirectUris === uris) return
    redirectUris = uris
    remakeProvider()
  }

  const control = createControl({
    cors: (request) => corsHeaders(request, settings.appOrigins),
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
      'log-in': async ({ sub }) => {
        const options = { cookieKey: secrets.cookie, seconds: twoWeeksSeconds }
        return { cookies: await logIn(provider, String(sub), options) }
      },
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
      'rotate-keys': async () => {
        await renewKeys()
        remakeProvider()
      },
    },
  })

  listener.serve(
    control.around((request, response) => {
      if (request.url?.startsWith(interactionPath)) {
        void answerInteraction(provider, request, response)
      } else if (!answerProviderLogout(request, response, settings.postLogoutRedirectUris)) {
        callback(request, response)
      }
    }),
  )
  return running(listener, control)
}

/** oidc-provider warns on Node 20 when it is loaded; it works there, and our output is for the reader. */
async function importProvider(): Promise<{
  Provider: typeof Provider
  errors: typeof import('oidc-provider').errors
  interactionPolicy: typeof import('oidc-provider').interactionPolicy
}> {
  const { warn } = console
  console.warn = () => undefined
  try {
    const { default: constructor, errors, interactionPolicy } = await import('oidc-provider')
    return { Provider: constructor, errors, interactionPolicy }
  } finally {
    console.warn = warn
  }
}

function under(origins: readonly string[], paths: readonly string[]): string[] {
  return origins.flatMap((origin) => paths.map((path) => `${origin}${path}`))
}

/** oidc-provider reflects any origin in preflights and before it knows the client. */
function hideFromOthers(ctx: Context, appOrigins: readonly string[]): void {
  const origin = ctx.headers['origin']
  if (origin !== undefined && !appOrigins.includes(origin)) {
    ctx.remove('Access-Control-Allow-Origin')
  }
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

function isKeySet(body: unknown): body is { keys: { kid: string }[] } {
  return typeof body === 'object' && body !== null && 'keys' in body && Array.isArray(body.keys)
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
