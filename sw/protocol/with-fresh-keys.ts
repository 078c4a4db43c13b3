import * as oauth from 'oauth4webapi'
import type { EpochSeconds } from '../../src/contract/units.ts'
import type { Server, Wire } from './server.ts'

/** Seconds between two looks at the keys because a token names one that is not known. */
const LOOK_AGAIN_SECONDS = 10

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
  const keys = keySetOf(metadata)
  const tried = keys.current
  return verify(tried, watched).catch((error: unknown) => {
    const newer =
      isKeySelection(error) && !loadedNow ? keys.newerThan(tried, wire.now()) : undefined
    if (newer) return verify(newer, watched)
    throw error
  })
}

export function isKeySelection(error: unknown): boolean {
  return error instanceof oauth.OperationProcessingError && error.code === oauth.KEY_SELECTION
}

/**
 * The keys of a server, which the protocol library keeps by the identity of the metadata: a copy of it stands for keys that
 * are not loaded yet. Tokens with unknown keys must not become a flood of requests, so newer keys are looked for at intervals.
 */
class KeySet {
  /** What the library finds the newest keys by. */
  current: oauth.AuthorizationServer
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(metadata: oauth.AuthorizationServer) {
    this.current = metadata
  }

  /** Keys newer than those that did not fit, or `undefined` when it is too early to look for some. */
  newerThan(
    tried: oauth.AuthorizationServer,
    now: EpochSeconds,
  ): oauth.AuthorizationServer | undefined {
    if (this.current === tried) {
      // A clock that was set back may look at once.
      if (Math.abs(now - this.#lookedAt) < LOOK_AGAIN_SECONDS) return undefined
      this.#lookedAt = now
      this.current = { ...tried }
    }
    return this.current
  }
}

/** As long-lived as the metadata. */
const keySets = new WeakMap<oauth.AuthorizationServer, KeySet>()

function keySetOf(metadata: oauth.AuthorizationServer): KeySet {
  const known = keySets.get(metadata)
  if (known) return known
  const keys = new KeySet(metadata)
  keySets.set(metadata, keys)
  return keys
}
