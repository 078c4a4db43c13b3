import { randomBytes } from 'node:crypto'

import { sha256 } from '../../../src/testing/server/jws.ts'
import type { Lists } from './no-secrets.ts'

/** What an authorization request asked for. */
export interface Asked {
  /** `null` when it was left out. */
  readonly redirectUri: string | null
  readonly state: string | null
  readonly nonce: string | null
  readonly challenge: string | null
  readonly scope: string
}

export interface Granted extends Asked {
  readonly user: string
}

/** Reads an authorization request and notes its secrets. */
export function readAsked(parameters: URLSearchParams, issued: Lists): Asked {
  const [state, nonce] = [parameters.get('state'), parameters.get('nonce')]
  if (state !== null) issued.states.push(state)
  if (nonce !== null) issued.nonces.push(nonce)
  return {
    redirectUri: parameters.get('redirect_uri'),
    state,
    nonce,
    challenge: parameters.get('code_challenge'),
    scope: parameters.get('scope') ?? '',
  }
}

/** Whether a request has a PKCE challenge as RFC 7636 section 4.3 wants it, with the one method that counts. */
export function hasChallenge(parameters: URLSearchParams): boolean {
  return (
    parameters.get('code_challenge_method') === 'S256' &&
    parameters.get('code_challenge')?.length === 43
  )
}

/** The codes that a service gave out and that nobody brought back yet. */
export class Codes {
  readonly #granted = new Map<string, Granted>()

  issue(granted: Granted, issued: Lists): string {
    const code = randomBytes(24).toString('base64url')
    issued.codes.push(code)
    this.#granted.set(code, granted)
    return code
  }

  /** What the code of a token request stands for. It is gone after this, whatever comes of the request. */
  redeem(form: URLSearchParams, issued: Lists): Granted | undefined {
    const code = form.get('code') ?? ''
    const granted = this.#granted.get(code)
    this.#granted.delete(code)
    if (granted === undefined) return undefined
    const verifier = form.get('code_verifier')
    if (verifier !== null) issued.verifiers.push(verifier)
    const isProven = granted.challenge === null || sha256(verifier ?? '') === granted.challenge
    // RFC 6749 section 4.1.3: the same as in the authorization request, or in neither.
    return isProven && form.get('redirect_uri') === granted.redirectUri ? granted : undefined
  }
}
