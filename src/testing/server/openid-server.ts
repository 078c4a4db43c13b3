import type { RequestListener } from 'node:http'

import type Provider from 'oidc-provider'
import type { Context } from 'oidc-provider'

import {
  configureProvider,
  createServerSecrets,
  twoWeeksSeconds,
  type ProviderSettings,
} from './configure-provider.ts'
import { importProvider } from './import-provider.ts'
import { answerInteraction, interactionPath, logIn } from './login-interaction.ts'
import { MemoryStore } from './memory-adapter.ts'
import type { RegisteredClient } from './registration.ts'
import type { SessionCookie } from './sessions-api.ts'
import { createSigningKeys, type SigningKey } from './signing-keys.ts'

/** Sees every request of the provider, and may change what it answers. */
export type Middleware = (ctx: Context, next: () => Promise<void>) => Promise<void>

export interface OpenIdServerSettings extends Omit<ProviderSettings, 'provider'> {
  /** The first one is the outermost. */
  readonly middleware?: readonly Middleware[]
  /** Seconds in which a rotated refresh token still works once more; 0 treats every reuse as theft. */
  readonly refreshGraceSeconds: number
}

/** An OpenID Provider without a listener. Everything that it knows is in memory. */
export interface OpenIdServer {
  readonly answer: RequestListener
  readonly store: MemoryStore
  /** @returns the cookies that a browser has after the login page */
  logIn(accountId: string): Promise<SessionCookie[]>
  /** Signs with new keys from now on, and publishes no others. */
  rotateKeys(): Promise<void>
  /** Replaces the clients. Sessions and tokens stay. */
  register(clients: readonly RegisteredClient[]): void
}

/**
 * Makes an OpenID Provider with public clients, and a login page that takes any user name with any password.
 * @throws Error that says what to install when oidc-provider is missing
 */
export async function createOpenIdServer(
  issuer: string,
  settings: OpenIdServerSettings,
): Promise<OpenIdServer> {
  const provider = await importProvider()
  const store = new MemoryStore(settings.refreshGraceSeconds)
  const secrets = createServerSecrets()
  let { clients } = settings

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
    const made = new provider.default(
      issuer,
      configureProvider({ ...settings, clients, provider }, store, keys, secrets),
    )
    for (const middleware of settings.middleware ?? []) made.use(middleware)
    made.use(async (ctx, next) => {
      await next()
      hideFromOthers(ctx, settings.appOrigins)
      if (isKeySet(ctx.body)) {
        ctx.body = { keys: ctx.body.keys.filter((key) => published.has(key.kid)) }
      }
    })
    return made
  }
  await renewKeys()
  let current = makeProvider()
  let callback = current.callback()
  const remakeProvider = (): void => {
    current = makeProvider()
    callback = current.callback()
  }

  return {
    store,
    answer: (request, response) => {
      if (request.url?.startsWith(interactionPath)) {
        void answerInteraction(current, request, response)
      } else callback(request, response)
    },
    logIn: (accountId) =>
      logIn(current, accountId, { cookieKey: secrets.cookie, seconds: twoWeeksSeconds }),
    async rotateKeys() {
      await renewKeys()
      remakeProvider()
    },
    register(others) {
      clients = others
      remakeProvider()
    },
  }
}

/** oidc-provider reflects any origin in preflights and before it knows the client. */
function hideFromOthers(ctx: Context, appOrigins: readonly string[]): void {
  const origin = ctx.headers['origin']
  if (origin !== undefined && !appOrigins.includes(origin)) {
    ctx.remove('Access-Control-Allow-Origin')
  }
}

function isKeySet(body: unknown): body is { keys: { kid: string }[] } {
  return typeof body === 'object' && body !== null && 'keys' in body && Array.isArray(body.keys)
}
