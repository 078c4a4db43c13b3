import type * as oauth from 'oauth4webapi'
import type { EpochSeconds } from '../../src/contract/units.ts'

/** Seconds between two looks at the keys because a token names one that is not known. */
const LOOK_AGAIN_SECONDS = 10

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

const keySets = new WeakMap<oauth.AuthorizationServer, KeySet>()

/** The keys of a server whose metadata was loaded; as long-lived as that. */
export function keySetOf(metadata: oauth.AuthorizationServer): KeySet {
  const known = keySets.get(metadata)
  if (known) return known
  const keys = new KeySet(metadata)
  keySets.set(metadata, keys)
  return keys
}
