import { randomBytes } from 'node:crypto'

import type { Client, Context, Grant } from 'oidc-provider'

import { errorPage, logoutPage, pageHeaders, signedOutPage } from './authorization-pages.ts'
import type { ProviderPackage } from './import-provider.ts'
import { interactionPath } from './login-interaction.ts'
import type { MemoryStore } from './memory-adapter.ts'
import type { RegisteredClient, UserClaims } from './registration.ts'
import type { SigningKey } from './signing-keys.ts'
import { acrValues, stepUpPolicy } from './step-up-policy.ts'

export interface ProviderSettings {
  /** Origins that may call the token, revocation, UserInfo, key and discovery endpoints from a browser. */
  readonly appOrigins: readonly string[]
  readonly clients: readonly RegisteredClient[]
  /** Identifiers of the APIs, each the audience of its access tokens. The first is for who names none. */
  readonly resources: readonly [string, ...string[]]
  /** What clients may ask for besides OpenID Connect's own scopes. */
  readonly apiScopes: readonly string[]
  /** Whether a token of this scope is for the UserInfo endpoint, when the request names no API. */
  readonly isForUserInfo: (scope: string) => boolean
  /** By name of the claim, for every user. */
  readonly claimsOf: (accountId: string, use: string) => UserClaims
  /** Claims of {@link claimsOf} that every sign-in brings, besides those of the scopes. */
  readonly furtherClaims: readonly string[]
  readonly accessTokenSeconds: number
  readonly idTokenAlg: 'RS256' | 'ES256'
  readonly issueRefreshTokens: boolean
  readonly rotateRefreshTokens: () => boolean
  readonly requireDpopNonce: () => boolean
  readonly requirePushedRequests: boolean
  readonly provider: ProviderPackage
}

/** Paths of the endpoints. */
export const routes = {
  authorization: '/auth',
  token: '/token',
  userinfo: '/userinfo',
  jwks: '/jwks',
  revocation: '/revoke',
  end_session: '/logout',
  pushed_authorization_request: '/par',
} as const

/** OpenID Connect's own. */
const serverScopes = ['openid', 'profile', 'email', 'offline_access']
/** How long sessions, grants and refresh tokens live. */
export const twoWeeksSeconds = 14 * 24 * 3600

/** Made once per server, so that cookies and nonces outlive a rotation of the signing keys. */
export function createServerSecrets(): { readonly cookie: string; readonly nonce: Buffer } {
  return { cookie: randomBytes(32).toString('base64url'), nonce: randomBytes(32) }
}

export function configureProvider(
  settings: ProviderSettings,
  store: MemoryStore,
  keys: readonly SigningKey[],
  secrets: ReturnType<typeof createServerSecrets>,
): Readonly<Record<string, unknown>> {
  const { resources, accessTokenSeconds, provider } = settings
  const apiScopes = settings.apiScopes.join(' ')
  return {
    adapter: (model: string) => store.adapterFor(model),
    jwks: { keys },
    routes,
    cookies: { keys: [secrets.cookie] },
    scopes: serverScopes,
    claims: {
      openid: ['sub', ...settings.furtherClaims],
      profile: ['name', 'preferred_username', 'locale'],
      email: ['email', 'email_verified'],
    },
    acrValues,
    conformIdTokenClaims: false,
    clients: settings.clients.map(({ clientId, redirectUris, postLogoutRedirectUris }) => ({
      client_id: clientId,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: redirectUris,
      post_logout_redirect_uris: postLogoutRedirectUris,
      scope: serverScopes.join(' '),
      id_token_signed_response_alg: settings.idTokenAlg,
      authorization_details_types: [orders],
    })),
    responseTypes: ['code'],
    clientAuthMethods: ['none'],
    pkce: { required: () => true },
    clientBasedCORS: (_ctx: Context, origin: string) => settings.appOrigins.includes(origin),
    findAccount: (_ctx: Context, accountId: string) => ({
      accountId,
      claims: (use: string) => ({ ...settings.claimsOf(accountId, use), sub: accountId }),
    }),
    interactions: {
      policy: stepUpPolicy(provider.interactionPolicy),
      url: (_ctx: Context, interaction: { uid: string }) => `${interactionPath}${interaction.uid}`,
    },
    loadExistingGrant: (ctx: Context) => firstPartyGrant(ctx, resources, apiScopes),
    // oidc-provider takes offline_access out of a request without prompt=consent, which is no way for
    // a first-party app. So the scope cannot decide here: this client always gets a refresh token.
    issueRefreshToken: () => settings.issueRefreshTokens,
    rotateRefreshToken: settings.rotateRefreshTokens,
    expiresWithSession: () => false,
    // Milliseconds, so that "revoke everything until now" is exact within a second.
    extraTokenClaims: ({ oidc: { entities } }: Context) => {
      const { acr, authTime } = entities.AuthorizationCode ?? entities.RefreshToken ?? {}
      return { issued_at_ms: Date.now(), acr, auth_time: authTime }
    },
    ttl: {
      AccessToken: accessTokenSeconds,
      AuthorizationCode: 60,
      IdToken: 3600,
      Interaction: 600,
      Session: twoWeeksSeconds,
      Grant: twoWeeksSeconds,
      RefreshToken: twoWeeksSeconds,
    },
    renderError: (ctx: Context, error: Readonly<Record<string, unknown>>) => {
      showPage(ctx, errorPage(error))
    },
    features: {
      devInteractions: { enabled: false },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx: Context, client: Client, token: { clientId?: string }) =>
          token.clientId === client.clientId,
      },
      dPoP: {
        enabled: true,
        nonceSecret: secrets.nonce,
        requireNonce: settings.requireDpopNonce,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx: Context, form: string) => {
          showPage(ctx, logoutPage(form, ctx.oidc.entities.IdTokenHint !== undefined))
        },
        postLogoutSuccessSource: (ctx: Context) => showPage(ctx, signedOutPage()),
      },
      pushedAuthorizationRequests: {
        enabled: true,
        requirePushedAuthorizationRequests: settings.requirePushedRequests,
      },
      jwtResponseModes: { enabled: true },
      richAuthorizationRequests: {
        enabled: true,
        types: { [orders]: { validate: () => undefined } },
        authorizationDetailsForGrantSource: (ctx: Context) => detailsOf(ctx),
        authorizationDetailsForAccessToken: (_ctx: Context, _token: unknown, source: Granted) =>
          source.rar,
        authorizationDetailsForIntrospection: (_ctx: Context, token: Granted) => token.rar,
      },
      resourceIndicators: {
        enabled: true,
        // A token for an API is none for UserInfo.
        defaultResource: ({ oidc }: Context) => {
          const { scope } = oidc.params ?? {}
          return settings.isForUserInfo(typeof scope === 'string' ? scope : '')
            ? undefined
            : resources[0]
        },
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx: Context, requested: string) => {
          if (!resources.includes(requested)) throw new provider.errors.InvalidTarget()
          return {
            scope: apiScopes,
            audience: requested,
            accessTokenTTL: accessTokenSeconds,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }
        },
      },
    },
  }
}

/** The one type of authorization details (RFC 9396): granted as asked for. */
const orders = 'orders'

interface Granted {
  readonly rar?: unknown
}

function detailsOf({ oidc: { params } }: Context): unknown {
  const text = params?.['authorization_details']
  return typeof text === 'string' ? JSON.parse(text) : undefined
}

/** A first-party client needs no consent; without this `prompt=none` would answer `consent_required`. */
async function firstPartyGrant(
  ctx: Context,
  resources: readonly string[],
  apiScopes: string,
): Promise<Grant> {
  const { provider, client, account, session } = ctx.oidc
  const id = session.grantIdFor(client.clientId)
  const existing = id === undefined ? undefined : await provider.Grant.find(id)
  if (existing !== undefined && existing.accountId === account.accountId) return existing
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
  grant.addOIDCScope(serverScopes.join(' '))
  for (const resource of resources) grant.addResourceScope(resource, apiScopes)
  await grant.save()
  return grant
}

function showPage(ctx: Context, html: string): void {
  for (const [name, value] of Object.entries(pageHeaders)) ctx.set(name, value)
  ctx.body = html
}

/** What is known of a user of whom nothing was said. */
export function defaultClaims(accountId: string): UserClaims {
  return {
    name: accountId,
    preferred_username: accountId,
    email: `${accountId.replace(/[^\w.-]/g, '-')}@example.com`,
    email_verified: true,
  }
}
