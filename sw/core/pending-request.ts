import type { LoginParameters } from '../../src/contract/messages.ts'
import type { Json } from '../../src/contract/session.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import {
  makeAuthorizationRequest,
  type AuthorizationRequest,
} from '../protocol/authorization-request.ts'
import { usesDpop } from '../protocol/dpop.ts'
import { makeSealableProofKey } from '../protocol/proof-key.ts'
import type { Server } from '../protocol/server.ts'
import { sealTransaction, transactionId, type Transaction } from './sealed-transactions.ts'
import type { Surroundings } from './surroundings.ts'

/** Seconds that the user has at the authorization server; long enough for a link in a mail. */
export const TRANSACTION_SECONDS = 3600

/** What is known of a sign-in besides its request. */
export interface Pending {
  readonly redirectUri: string
  readonly returnTo: string
  readonly login: LoginParameters
  readonly display?: 'popup' | undefined
  readonly home?: Transaction['home']
}

/** What is sent, and the key that its tokens will be bound to where they are bound to one. */
export interface MadeRequest extends AuthorizationRequest {
  /** To be sealed with the verifier. Absent where the one who has the verifier has the key too. */
  readonly proofJwk?: Json
}

interface MadeElsewhere {
  readonly challenge?: string | undefined
  /** Thumbprint of the key. */
  readonly jkt?: string | undefined
}

/** Makes the request and, where the tokens will be bound to a key (DPoP), the key. */
export async function makeRequest(
  server: Server,
  redirectUri: string,
  login: LoginParameters,
  { challenge, jkt }: MadeElsewhere = {},
): Promise<MadeRequest> {
  const key = usesDpop(server) && challenge === undefined ? await makeSealableProofKey() : undefined
  const thumbprint = key?.thumbprint ?? jkt
  const request = await makeAuthorizationRequest(server, redirectUri, login, challenge, thumbprint)
  return { ...request, ...(key && { proofJwk: key.jwk }) }
}

/** Writes down what the response will be checked and completed with. To be done before anything is sent. */
export async function keepTransaction(
  { ledger, wire }: Surroundings,
  { metadata, client }: Server,
  { state, nonce, verifier, proofJwk }: MadeRequest,
  { redirectUri, returnTo, login, display, home }: Pending,
): Promise<void> {
  const transaction: Transaction = {
    client: client.name,
    redirectUri,
    returnTo,
    issuerPromised: metadata.authorization_response_iss_parameter_supported === true,
    ...(verifier === undefined ? {} : { verifier: verifier.reveal() }),
    ...(proofJwk === undefined ? {} : { proofJwk }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(login.maxAge === undefined ? {} : { maxAge: login.maxAge }),
    ...(login.acrValues === undefined ? {} : { acrValues: login.acrValues }),
    ...(login.appState === undefined ? {} : { appState: login.appState }),
    ...(display && { display }),
    ...(home && { home }),
  }
  await ledger.putTransaction(
    await transactionId(state),
    await sealTransaction(state, transaction),
    epochSeconds(wire.now() + TRANSACTION_SECONDS),
  )
}
