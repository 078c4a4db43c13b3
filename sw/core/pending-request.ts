import type { LoginParameters } from '../../src/contract/messages.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import type { AuthorizationRequest } from '../protocol/authorization-request.ts'
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

/** Writes down what the response will be checked and completed with. To be done before anything is sent. */
export async function keepTransaction(
  { ledger, wire }: Surroundings,
  { metadata, client }: Server,
  { state, nonce, verifier }: AuthorizationRequest,
  { redirectUri, returnTo, login, display, home }: Pending,
): Promise<void> {
  const transaction: Transaction = {
    client: client.name,
    redirectUri,
    returnTo,
    issuerPromised: metadata.authorization_response_iss_parameter_supported === true,
    ...(verifier === undefined ? {} : { verifier: verifier.reveal() }),
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
