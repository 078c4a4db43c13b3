/** The part of oidc-provider that the authorization server uses; the package ships no types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  export interface StoredPayload {
    accountId?: string
    grantId?: string
    uid?: string
    userCode?: string
    consumed?: number
    [field: string]: unknown
  }

  export interface Adapter {
    upsert(id: string, payload: StoredPayload, expiresInSeconds?: number): Promise<void>
    find(id: string): Promise<StoredPayload | undefined>
    findByUid(uid: string): Promise<StoredPayload | undefined>
    findByUserCode(userCode: string): Promise<StoredPayload | undefined>
    consume(id: string): Promise<void>
    destroy(id: string): Promise<void>
    revokeByGrantId(grantId: string): Promise<void>
  }

  export interface Client {
    readonly clientId: string
    grantTypeAllowed(grantType: string): boolean
  }

  export interface Grant {
    readonly accountId: string
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }

  export interface Session {
    /** Value of the cookie. */
    readonly jti: string
    save(expiresInSeconds: number): Promise<string>
  }

  /** How the user was authenticated. */
  export interface SignInFacts {
    readonly acr?: string
    readonly authTime?: number
  }

  export interface Check {
    readonly reason: string
  }

  export const interactionPolicy: {
    readonly Check: {
      new (reason: string, description: string, check: (ctx: Context) => boolean): Check
      readonly REQUEST_PROMPT: boolean
      readonly NO_NEED_TO_PROMPT: boolean
    }
    readonly base: () => {
      get(prompt: string): { readonly checks: { add(check: Check): void } } | undefined
    }
  }

  export interface Context {
    readonly path: string
    readonly method: string
    readonly headers: Readonly<Record<string, string | undefined>>
    type: string
    status: number
    body: unknown
    set(name: string, value: string): void
    remove(name: string): void
    readonly response: { get(name: string): string }
    /** Missing on requests that match no route. */
    readonly oidc: {
      readonly provider: Provider
      readonly client: Client
      readonly account: { readonly accountId: string }
      readonly session: { grantIdFor(clientId: string): string | undefined }
      readonly acr?: string
      readonly entities: {
        readonly IdTokenHint?: unknown
        readonly AuthorizationCode?: SignInFacts
        readonly RefreshToken?: SignInFacts
      }
      readonly params?: Readonly<Record<string, unknown>>
    }
  }

  export interface InteractionDetails {
    readonly uid: string
    readonly prompt: { readonly name: string }
    readonly params: Readonly<Record<string, unknown>>
  }

  export default class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    readonly Grant: {
      new (properties: { accountId: string; clientId: string }): Grant
      find(id: string): Promise<Grant | undefined>
    }
    readonly Session: {
      new (properties: { accountId: string; loginTs: number }): Session
    }
    cookieName(of: 'session'): string
    use(middleware: (ctx: Context, next: () => Promise<void>) => Promise<void>): this
    on(event: 'server_error', listener: (ctx: Context, error: Error) => void): this
    callback(): RequestListener
    interactionDetails(
      request: IncomingMessage,
      response: ServerResponse,
    ): Promise<InteractionDetails>
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Readonly<Record<string, unknown>>,
      options?: { mergeWithLastSubmission?: boolean },
    ): Promise<void>
  }

  export const errors: { readonly InvalidTarget: new () => Error }
}
