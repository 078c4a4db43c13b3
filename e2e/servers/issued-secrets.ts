import type { Context } from 'oidc-provider'

import { decodeJws } from '../../src/testing/server/jws.ts'
import { routes } from '../../src/testing/server/configure-provider.ts'

/** The real secrets of the flows that a server took part in, so that tests can look for them where they must not be. */
export interface IssuedSecrets {
  readonly codes: readonly string[]
  readonly states: readonly string[]
  readonly nonces: readonly string[]
  readonly challenges: readonly string[]
  readonly verifiers: readonly string[]
  readonly accessTokens: readonly string[]
  readonly refreshTokens: readonly string[]
  readonly idTokens: readonly string[]
  /** Every refresh token that arrived in a refresh, in order of arrival, repetitions kept. */
  readonly usedRefreshTokens: readonly string[]
  /** Those that were refused (`invalid_grant`). */
  readonly refusedRefreshTokens: readonly string[]
}

type Kind = keyof IssuedSecrets

const kinds: readonly Kind[] = [
  'codes',
  'states',
  'nonces',
  'challenges',
  'verifiers',
  'accessTokens',
  'refreshTokens',
  'idTokens',
  'usedRefreshTokens',
  'refusedRefreshTokens',
]
const kindOfParameter: Readonly<Record<string, Kind>> = {
  state: 'states',
  nonce: 'nonces',
  code_challenge: 'challenges',
  code_verifier: 'verifiers',
}
const kindOfMember: Readonly<Record<string, Kind>> = {
  access_token: 'accessTokens',
  refresh_token: 'refreshTokens',
  id_token: 'idTokens',
}

/** Collects what passes through an authorization server. For tests on loopback: `/control` gives it to nobody else. */
export class IssuedSecretsRecorder {
  #found = emptyLists()

  forget(): void {
    this.#found = emptyLists()
  }

  report(): IssuedSecrets {
    return this.#found
  }

  /** oidc-provider middleware. */
  async observe(ctx: Context, next: () => Promise<void>): Promise<void> {
    try {
      await next()
    } finally {
      // The state of a sign-out is the page's own.
      const parameters = ctx.oidc?.params ?? {}
      if (ctx.path !== routes.end_session) this.readRequest(parameters)
      const { error } = (ctx.body ?? {}) as { readonly error?: unknown }
      if (error === 'invalid_grant') {
        this.#add('refusedRefreshTokens', parameters['refresh_token'])
      }
      this.readAnswer(ctx.response.get('location'), ctx.body)
    }
  }

  readRequest(parameters: Readonly<Record<string, unknown>>): void {
    for (const [name, kind] of Object.entries(kindOfParameter)) this.#add(kind, parameters[name])
    const used = parameters['refresh_token']
    if (typeof used === 'string') this.#found.usedRefreshTokens.push(used)
  }

  /** @param body - of a JSON answer what it says, of a page its text */
  readAnswer(location: string, body: unknown): void {
    const form = typeof body === 'string' ? body : ''
    this.#add('codes', /[?&#]code=([^&#]+)/.exec(location)?.[1])
    this.#add('codes', /name="code" value="([^"]+)"/.exec(form)?.[1])
    const signed =
      /[?&#]response=([^&#]+)/.exec(location)?.[1] ??
      /name="response" value="([^"]+)"/.exec(form)?.[1]
    this.#add('codes', signed)
    this.#add('codes', signed && decodeJws(signed)?.payload['code'])
    if (typeof body !== 'object' || body === null) return
    for (const [member, value] of Object.entries(body)) {
      const kind = kindOfMember[member]
      if (kind !== undefined) this.#add(kind, value)
    }
  }

  #add(kind: Kind, value: unknown): void {
    const list = this.#found[kind]
    if (typeof value === 'string' && value !== '' && !list.includes(value)) list.push(value)
  }
}

function emptyLists(): Record<Kind, string[]> {
  return Object.fromEntries(kinds.map((kind) => [kind, [] as string[]])) as Record<Kind, string[]>
}
