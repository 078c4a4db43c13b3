import type { LoginParameters } from '../../src/contract/messages.ts'
import { parseLoginParameters } from '../../src/contract/parse-request.ts'
import { RESERVED_PARAMETERS } from '../../src/contract/parse-config.ts'
import type { ParsedClient, ResponseMode } from '../../src/contract/config.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { makeAuthorizationRequest } from '../protocol/authorization-request.ts'
import { checkAuthorizationResponse } from '../protocol/authorization-response.ts'
import { exchangeCode } from '../protocol/exchange-code.ts'
import { failure } from '../protocol/failure.ts'
import { Secret } from '../protocol/secret.ts'
import { checkDeployment } from './deployment-check.ts'
import { landingUrl, storedLandingUrl } from './return-to.ts'
import {
  sealTransaction,
  transactionId,
  unsealTransaction,
  type Transaction,
} from './sealed-transactions.ts'
import type { ServerDirectory } from './server-directory.ts'
import { toWire, type SessionBook } from './session-book.ts'
import type { Surroundings } from './surroundings.ts'
import type { Landing } from './token-store.ts'

/** Seconds from the page's question to the navigation. */
const ERRAND_SECONDS = 120
/** Seconds that the user has at the authorization server; long enough for a link in a mail. */
const TRANSACTION_SECONDS = 3600
/** Seconds in which the landing page must ask how it went. */
const LANDING_SECONDS = 120

/** An authorization response as a navigation brought it. */
export interface Delivery {
  readonly parameters: URLSearchParams
  readonly mode: ResponseMode
  /** The redirect URI at which it arrived. */
  readonly redirectUri: string
}

/**
 * Signing in, in three steps that may each run in another life of the worker:
 * `begin` (message from the page) → `start` (navigation to the login path) → `finish` (navigation to the redirect URI).
 * State, nonce and verifier are made in `start`, so that no message and no URL that a page sees ever has them.
 */
export class SignIn {
  readonly #surroundings: Surroundings
  readonly #servers: ServerDirectory
  readonly #sessions: SessionBook
  #deployment: Promise<void> | undefined
  #completing = 0

  constructor(surroundings: Surroundings, servers: ServerDirectory, sessions: SessionBook) {
    this.#surroundings = surroundings
    this.#servers = servers
    this.#sessions = sessions
  }

  /**
   * Checks everything that can be checked now and remembers what the page wants.
   * @returns the path to navigate to
   * @throws AuthError `unknown-client`, `invalid-return-to`, `parameter-not-allowed`, `metadata-…`, `storage-unavailable`, `tampered`,
   * `deployment-unsafe` (strict mode)
   */
  async begin(client: string, login: LoginParameters): Promise<string> {
    const { config, ledger, wire } = this.#surroundings
    refuseParameters(login, this.#servers.client(client))
    const { returnTo: wanted, ...parameters } = login
    const returnTo = landingUrl(wanted, this.#surroundings)
    this.#sessions.refuseIfTampered()
    await this.#checkDeployment()
    await this.#servers.server(client)
    const id = crypto.randomUUID()
    const errand = { kind: 'login', client, returnTo, parameters: { ...parameters } } as const
    await ledger.putErrand(id, errand, epochSeconds(wire.now() + ERRAND_SECONDS))
    return `${config.loginPath}?request=${id}`
  }

  /** Once per life of the worker: the answers do not change from one sign-in to the next. */
  async #checkDeployment(): Promise<void> {
    const { deploymentCheck } = this.#surroundings.config
    if (deploymentCheck === 'off') return
    this.#deployment ??= checkDeployment(this.#surroundings)
    if (deploymentCheck === 'strict') await this.#deployment
    else this.#deployment.catch((error: unknown) => this.#sessions.reportError(error))
  }

  /** @returns where to redirect the navigation: to the authorization server, or back with an error to pick up */
  async start(errandId: string): Promise<string> {
    const { ledger, wire, origin } = this.#surroundings
    const errand = await ledger.readErrand(errandId, wire.now()).catch(() => undefined)
    // Not removed: a reload of a login that failed on the way may try again until it expires.
    if (errand?.kind !== 'login') return this.#landWithError(unknownState())
    const returnTo = storedLandingUrl(errand.returnTo, this.#surroundings)
    try {
      const login = parseLoginParameters(errand.parameters)
      if (login === undefined) throw unknownState()
      // Checked again: script of the same origin can write to the storage in between.
      refuseParameters(login, this.#servers.client(errand.client))
      const server = await this.#servers.server(errand.client)
      const redirectUri = origin + server.client.redirectPath
      const request = await makeAuthorizationRequest(server, redirectUri, login)
      const transaction: Transaction = {
        client: errand.client,
        redirectUri,
        returnTo,
        issuerPromised: server.metadata.authorization_response_iss_parameter_supported === true,
        verifier: request.verifier.reveal(),
        ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
        ...(login.maxAge === undefined ? {} : { maxAge: login.maxAge }),
        ...(login.appState === undefined ? {} : { appState: login.appState }),
      }
      await ledger.putTransaction(
        await transactionId(request.state),
        await sealTransaction(request.state, transaction),
        epochSeconds(wire.now() + TRANSACTION_SECONDS),
      )
      return request.url
    } catch (error) {
      return this.#landWithError(error, returnTo, errand.client)
    }
  }

  /**
   * Takes the transaction and lets the browser land; the exchange goes on behind the redirect. A browser neither restarts
   * nor fails a navigation whose worker was ended while it answered, so the answer must not wait for a server. The page
   * asks how it ended, and finds `sign-in-interrupted` if this worker does not live to say it.
   * @param waitUntil keeps the worker alive for the exchange
   * @returns where to redirect the navigation; never throws, for an error page would show the URL with the code
   */
  async finish(delivery: Delivery, waitUntil: (work: Promise<unknown>) => void): Promise<string> {
    let id: string | undefined
    try {
      const state = onlyState(delivery.parameters)
      id = await transactionId(state)
      const transaction = await this.#take(state, id)
      waitUntil(this.#completeAndSay(delivery, state, id, transaction))
      return storedLandingUrl(transaction.returnTo, this.#surroundings)
    } catch (error) {
      return this.#landWithError(error, undefined, undefined, id)
    }
  }

  /** Whether a sign-in is being completed: a page that has landed asks again a little later. */
  get isCompleting(): boolean {
    return this.#completing > 0
  }

  async #completeAndSay(
    delivery: Delivery,
    state: string,
    id: string,
    transaction: Transaction,
  ): Promise<void> {
    this.#completing += 1
    try {
      await this.#complete(delivery, state, transaction)
      await this.#land(id, {})
    } catch (error) {
      await this.#landWithError(error, undefined, transaction.client, id)
    } finally {
      this.#completing -= 1
    }
  }

  async #take(state: string, id: string): Promise<Transaction> {
    const { ledger, wire } = this.#surroundings
    const interrupted: Landing = { error: toWire(interruption()) }
    const sealed = await ledger.takeTransaction(id, wire.now(), interrupted)
    const transaction = sealed && (await unsealTransaction(state, sealed))
    if (transaction === undefined) throw unknownState()
    return transaction
  }

  async #complete(delivery: Delivery, state: string, transaction: Transaction): Promise<void> {
    const { wire } = this.#surroundings
    const client = this.#servers.client(transaction.client)
    if (delivery.redirectUri !== transaction.redirectUri || delivery.mode !== client.responseMode) {
      throw failure('invalid-response', 'authorization', {
        message: `The response did not come by response_mode=${client.responseMode} to its redirect URI`,
      })
    }
    const expected = { client, issuerPromised: transaction.issuerPromised }
    const callback = checkAuthorizationResponse(expected, delivery.parameters, state)
    const server = await this.#servers.server(transaction.client)
    const tokens = await exchangeCode(
      server,
      callback,
      { ...transaction, verifier: new Secret('code-verifier', transaction.verifier) },
      wire,
    )
    await this.#sessions.signIn(transaction.client, tokens, transaction.appState)
  }

  async #landWithError(
    error: unknown,
    returnTo?: string,
    client?: string,
    id: string = crypto.randomUUID(),
  ): Promise<string> {
    const wire = this.#sessions.reportError(error, client)
    await this.#land(id, { error: wire })
    return storedLandingUrl(returnTo, this.#surroundings)
  }

  async #land(id: string, landing: Landing): Promise<void> {
    const { ledger, wire } = this.#surroundings
    const expiresAt = epochSeconds(wire.now() + LANDING_SECONDS)
    // Without storage the page learns nothing here, but it still lands.
    await ledger.putLanding(id, landing, expiresAt).catch(() => undefined)
  }
}

function refuseParameters(login: LoginParameters, client: ParsedClient): void {
  const refused = Object.keys(login.authorizationParams ?? {}).filter(
    (name) => RESERVED_PARAMETERS.includes(name) || !client.allowedLoginParams.includes(name),
  )
  if (refused.length > 0) {
    throw failure('parameter-not-allowed', 'request', {
      message: 'authorizationParams has names that are not in allowedLoginParams of the client',
    })
  }
}

function onlyState(parameters: URLSearchParams): string {
  const [state, ...more] = parameters.getAll('state')
  if (!state || more.length > 0) throw unknownState()
  return state
}

function unknownState(): Error {
  return failure('unknown-state', 'authorization', {
    message: 'No sign-in is waiting for this response: it was forged, used before, or is too old',
  })
}

function interruption(): Error {
  return failure('sign-in-interrupted', 'exchange', {
    message:
      'The worker was ended while it completed the sign-in. The code is spent: sign in again',
  })
}
