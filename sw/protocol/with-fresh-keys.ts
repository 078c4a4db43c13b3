import * as oauth from 'oauth4webapi'
import type { Server, Wire } from './server.ts'

/**
 * Verifies with the server's keys, and once more with keys that are loaded anew when none of the known ones fits: they may be
 * outdated. What `verify` throws is the protocol library's.
 */
export async function withFreshKeys<Result>(
  { metadata }: Server,
  wire: Wire,
  verify: (metadata: oauth.AuthorizationServer, watched: Wire) => Promise<Result>,
): Promise<Result> {
  let loadedNow = false
  const watched: Wire = {
    ...wire,
    fetch: (url, init) => {
      loadedNow = true
      return wire.fetch(url, init)
    },
  }
  return verify(metadata, watched).catch((error: unknown) => {
    // The library keeps them by the identity of the metadata: a copy loads them again, once.
    if (isKeySelection(error) && !loadedNow) return verify({ ...metadata }, watched)
    throw error
  })
}

export function isKeySelection(error: unknown): boolean {
  return error instanceof oauth.OperationProcessingError && error.code === oauth.KEY_SELECTION
}
