import type { ParsedClient } from '../../src/contract/config.ts'
import { failure } from '../protocol/failure.ts'
import { loadMetadata } from '../protocol/load-metadata.ts'
import type { Server } from '../protocol/server.ts'
import { coversUrl } from './match-resource.ts'
import type { Surroundings } from './surroundings.ts'

/** Seconds after which metadata is loaded again when it is next needed. */
const METADATA_LIFETIME_SECONDS = 3600

/** The configured clients, and the metadata of their servers. Kept in memory only: page script can write to storage. */
export class ServerDirectory {
  readonly #surroundings: Surroundings
  readonly #loaded = new Map<string, { readonly server: Promise<Server>; readonly until: number }>()

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  /** @throws AuthError `unknown-client` */
  client(name: string): ParsedClient {
    const client = this.#surroundings.config.clients.find((candidate) => candidate.name === name)
    if (client) return client
    throw failure('unknown-client', 'request', {
      message: `The configuration has no client of that name`,
    })
  }

  /** Name of the client that is meant when a page names none. */
  defaultClient(): string {
    return this.#surroundings.config.clients[0]?.name ?? 'default'
  }

  /** @throws AuthError `unknown-client`, `metadata-unreachable`, `metadata-invalid` */
  async server(name: string): Promise<Server> {
    const client = this.client(name)
    const { wire } = this.#surroundings
    const known = this.#loaded.get(name)
    if (known && known.until > wire.now()) return known.server
    const server = loadMetadata(client, wire).then((loaded) => this.#refuseCoveredEndpoints(loaded))
    this.#loaded.set(name, { server, until: wire.now() + METADATA_LIFETIME_SECONDS })
    try {
      return await server
    } catch (error) {
      // An hour-old copy is better than none; a failure is not remembered.
      if (known) this.#loaded.set(name, { server: known.server, until: wire.now() })
      else this.#loaded.delete(name)
      if (known && isUnreachable(error)) return known.server
      throw error
    }
  }

  /** A token must never be added to a request for the endpoints that issue tokens. */
  #refuseCoveredEndpoints(server: Server): Server {
    const { metadata } = server
    const endpoints = [
      metadata.authorization_endpoint,
      metadata.token_endpoint,
      metadata.revocation_endpoint,
      metadata.introspection_endpoint,
      metadata.pushed_authorization_request_endpoint,
    ]
    for (const resource of this.#surroundings.config.resources) {
      if (endpoints.some((endpoint) => endpoint !== undefined && coversUrl(resource, endpoint))) {
        throw failure('metadata-invalid', 'discovery', {
          message: `The resource ${resource.origin}${resource.pathPrefix} covers endpoints of ${metadata.issuer}; narrow its path`,
        })
      }
    }
    return server
  }
}

function isUnreachable(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'metadata-unreachable'
}
