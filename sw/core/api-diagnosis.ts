import type { AuthError } from '../../src/contract/errors.ts'
import { failure } from '../protocol/failure.ts'
import { loadResourceMetadata, type ResourceMetadata } from '../protocol/resource-metadata.ts'
import type { ApiSurroundings } from './api-requests.ts'
import type { ParsedResource } from '../../src/contract/config.ts'
import type { StoredSession } from './token-store.ts'

/** Explains why an API refuses tokens that are new, as far as the API's own metadata (RFC 9728) tells. */
export class ApiDiagnosis {
  readonly #surroundings: Pick<ApiSurroundings, 'config' | 'wire'>
  /** By origin and path: an API is asked once in a life of the worker, or of the vault's frame. */
  readonly #asked = new Map<string, Promise<ResourceMetadata | undefined>>()

  constructor(surroundings: Pick<ApiSurroundings, 'config' | 'wire'>) {
    this.#surroundings = surroundings
  }

  /** @param named address of the metadata in the API's challenge */
  async explain(
    resource: ParsedResource,
    { tokens }: StoredSession,
    named: string | undefined,
  ): Promise<AuthError> {
    const { config, wire } = this.#surroundings
    const { origin, pathPrefix, client } = resource
    const url = origin + pathPrefix
    const asked = this.#asked.get(url) ?? loadResourceMetadata(resource, named, wire)
    this.#asked.set(url, asked)
    const { authorizationServers, scopes = [], needsDpop } = (await asked) ?? { needsDpop: false }
    const issuer = config.clients.find(({ name }) => name === client)?.issuer
    if (authorizationServers?.includes(issuer) === false) {
      return failure('issuer-not-accepted', 'api', {
        message: `${url} takes tokens of other authorization servers than ${issuer}; see its metadata (RFC 9728), and configure a client of one of them for it`,
        status: 401,
      })
    }
    if (needsDpop && tokens.proofKey === undefined) {
      return failure('dpop-required', 'api', {
        message: `${url} takes tokens that are bound to a key only (DPoP), and this one is not; configure \`dpop\` of the client`,
        status: 401,
      })
    }
    if (scopes.length > 0 && !scopes.some((scope) => tokens.scope.includes(scope))) {
      return failure('insufficient-scope', 'api', {
        message: `${url} works with scopes of which the access token has none; see \`scope\``,
        status: 401,
        scope: scopes,
      })
    }
    return failure('token-refused', 'api', {
      message: `${url} refuses also a token that is new, and does not say why: check the audience that it expects, its issuer and its clock`,
      status: 401,
    })
  }
}
