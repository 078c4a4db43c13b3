import * as oauth from 'oauth4webapi'
import type { ParsedClient } from '../../src/contract/config.ts'
import type { EpochSeconds } from '../../src/contract/units.ts'
import type { Nonces } from './nonces.ts'
import { wholeAnswer } from './whole-answer.ts'

/** What the protocol needs of its surroundings. */
export interface Wire {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly now: () => EpochSeconds
  /** Milliseconds that one request to the authorization server may take. */
  readonly timeoutMs: number
}

/** An authorization server whose metadata was checked for one client. */
export interface Server {
  readonly metadata: oauth.AuthorizationServer
  readonly client: ParsedClient
  /** For DPoP proofs; forgotten with the metadata. */
  readonly nonces: Nonces
}

/** Options of every request to an authorization server. */
export function requestOptions(wire: Wire): {
  [oauth.customFetch]: (url: string, init: unknown) => Promise<Response>
  [oauth.allowInsecureRequests]: true
  signal: AbortSignal
} {
  return {
    [oauth.customFetch]: async (url, init) => {
      const response = await wire.fetch(url, {
        ...(init as RequestInit),
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        cache: 'no-store',
      })
      return wholeAnswer(response)
    },
    // Insecure endpoints were refused with the metadata; what is left of http is loopback.
    [oauth.allowInsecureRequests]: true,
    signal: AbortSignal.timeout(wire.timeoutMs),
  }
}

/** The client as the protocol library wants it: public, so there is no secret. */
export function protocolClient(
  client: ParsedClient,
  clockToleranceSeconds = client.clockToleranceSeconds,
): oauth.Client {
  return { client_id: client.clientId, [oauth.clockTolerance]: clockToleranceSeconds }
}
