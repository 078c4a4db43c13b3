import type { ResponseMode } from '../../src/contract/config.ts'
import { checkAuthorizationResponse, refuseImplicit } from '../protocol/authorization-response.ts'
import { usesDpop } from '../protocol/dpop.ts'
import { exchangeCode } from '../protocol/exchange-code.ts'
import { failure } from '../protocol/failure.ts'
import { importProofKey, parseProofKey, type ProofKey } from '../protocol/proof-key.ts'
import { Secret } from '../protocol/secret.ts'
import { checkSignedResponse, statesIn } from '../protocol/signed-response.ts'
import {
  responseOf,
  writeHandOver,
  type HandOver,
  type HandOverWay,
  type LinkHome,
} from './hand-over.ts'
import { Landings } from './landings.ts'
import { transactionId, unsealTransaction, type Transaction } from './sealed-transactions.ts'
import type { ServerDirectory } from './server-directory.ts'
import { toWire, type SessionBook } from './session-book.ts'
import { unknownState } from './sign-in.ts'
import { answeredStepUp } from './step-up.ts'
import type { Surroundings } from './surroundings.ts'
import type { Errand, Landing } from './token-store.ts'
import type { UserInfo } from './user-info.ts'

type WaitUntil = (work: Promise<unknown>) => void

/** An authorization response as a navigation brought it. */
export interface Delivery {
  readonly parameters: URLSearchParams
  readonly mode: ResponseMode
  /** The redirect URI at which it arrived. */
  readonly redirectUri: string
}

/** From the authorization response to a session: `finish` (navigation to the redirect URI), or `receive` (a hand-over). */
export class SignInCompletion {
  readonly #surroundings: Surroundings
  readonly #servers: ServerDirectory
  readonly #sessions: SessionBook
  readonly #landings: Landings
  readonly #userInfo: UserInfo
  #completing = 0

  constructor(
    surroundings: Surroundings,
    servers: ServerDirectory,
    sessions: SessionBook,
    userInfo: UserInfo,
  ) {
    this.#surroundings = surroundings
    this.#servers = servers
    this.#sessions = sessions
    this.#landings = new Landings(surroundings, sessions)
    this.#userInfo = userInfo
  }

  /** Whether a sign-in is being completed: a page that has landed asks again a little later. */
  get isCompleting(): boolean {
    return this.#completing > 0
  }

  /**
   * Takes the transaction and lets the browser land; the exchange goes on behind the redirect. A browser neither restarts
   * nor fails a navigation whose worker was ended while it answered, so the answer must not wait for a server. The page
   * asks how it ended, and finds `sign-in-interrupted` if this worker does not live to say it.
   * @param waitUntil keeps the worker alive for the exchange
   * @returns where to redirect the navigation; never throws, for an error page would show the URL with the code
   */
  finish(delivery: Delivery, waitUntil: WaitUntil): Promise<string> {
    return this.#whileCompleting(() => this.#finish(delivery, waitUntil))
  }

  async #finish(delivery: Delivery, waitUntil: WaitUntil): Promise<string> {
    let id: string | undefined
    let transaction: Transaction | undefined
    try {
      const state = onlyState(delivery)
      id = await transactionId(state)
      transaction = await this.#take(state, id)
      if (transaction.home) await this.#handOver(delivery, state, transaction, transaction.home)
      else waitUntil(this.#completeAndSay(delivery, state, id, transaction))
      return this.#landings.url(transaction)
    } catch (error) {
      await this.#landings.writeError(error, transaction?.client, id)
      if (transaction) this.#landings.finishPopup(transaction)
      return this.#landings.url(transaction ?? {})
    }
  }

  /**
   * Completes a sign-in that began here and whose response came to the top-level vault. Once: the errand is taken, and what
   * answers no errand is dropped without a word, for some browsers let a frame read a cookie and not remove it.
   * @param appOrigin the app that embeds the frame which received it
   */
  receive(
    handOver: HandOver,
    appOrigin: string,
    waitUntil: WaitUntil,
    way: HandOverWay = 'cookie',
  ): Promise<void> {
    return this.#whileCompleting(() => this.#receive(handOver, appOrigin, waitUntil, way))
  }

  async #receive(
    handOver: HandOver,
    appOrigin: string,
    waitUntil: WaitUntil,
    way: HandOverWay,
  ): Promise<void> {
    const { ledger, wire, origin } = this.#surroundings
    const { errand: id, state, response, nonce } = handOver
    if (handOver.appOrigin !== appOrigin) return
    const isMeant = (waiting: Errand): boolean =>
      waiting.kind === 'login' &&
      waiting.appOrigin === appOrigin &&
      waiting.client === handOver.client &&
      (way === 'popup' || waiting.proof === handOver.proof)
    const errand = await ledger.takeErrand(id, isMeant, wire.now(), interrupted())
    if (errand === undefined) return this.#receiveOfLink(handOver, waitUntil)
    if (!errand.verifier) return
    const { client, returnTo, verifier, parameters } = errand
    const { redirectPath, responseMode } = this.#servers.client(client)
    const { maxAge, acrValues, appState } = (parameters ?? {}) as Partial<Transaction>
    const redirectUri = origin + redirectPath
    const server = this.#servers.server(client)
    const complete = async (): Promise<void> => {
      const { metadata } = await server
      const issuerPromised = metadata.authorization_response_iss_parameter_supported === true
      await this.#complete(
        { parameters: new URLSearchParams(response), mode: responseMode, redirectUri },
        state,
        {
          client,
          redirectUri,
          returnTo,
          issuerPromised,
          verifier,
          ...(nonce === undefined ? {} : { nonce }),
          ...(maxAge === undefined ? {} : { maxAge }),
          ...(acrValues === undefined ? {} : { acrValues }),
          ...(appState === undefined ? {} : { appState }),
        },
        parseProofKey(errand.proofKey),
      )
    }
    waitUntil(this.#say(complete, id, client))
  }

  /** The frame sent the request itself, so it has the whole transaction; only the state that came back opens it. */
  async #receiveOfLink(
    { errand: id, state, response, client }: HandOver,
    waitUntil: WaitUntil,
  ): Promise<void> {
    if ((await transactionId(state)) !== id) return
    const transaction = await this.#take(state, id).catch(() => undefined)
    if (!transaction?.verifier || transaction.client !== client) return
    const { redirectUri } = transaction
    const mode = this.#servers.client(client).responseMode
    const parameters = new URLSearchParams(response)
    const complete = (): Promise<void> =>
      this.#complete({ parameters, mode, redirectUri }, state, transaction)
    waitUntil(this.#say(complete, id, client))
  }

  /** Of a login link whose request a frame sent, from a storage of its own: what leads the response there. */
  #leadHome(id: string, home: LinkHome | undefined): Transaction | undefined {
    const { returnOrigins, origin } = this.#surroundings
    if (home === undefined || !returnOrigins.includes(home.appOrigin)) return undefined
    const { client, appOrigin, returnTo } = home
    const redirectUri = origin + this.#servers.client(client).redirectPath
    return { client, redirectUri, returnTo, issuerPromised: false, home: { errand: id, appOrigin } }
  }

  async #handOver(
    delivery: Delivery,
    state: string,
    transaction: Transaction,
    home: NonNullable<Transaction['home']>,
  ): Promise<void> {
    this.#refuseOtherWay(delivery, transaction)
    const { nonce, display } = transaction
    const handOver: HandOver = {
      ...home,
      client: transaction.client,
      state,
      response: responseOf(delivery.parameters),
      ...(nonce === undefined ? {} : { nonce }),
    }
    // The popup's last page carries it itself, also where cookies of this origin do not reach the frame.
    if (display === 'popup') await this.#landings.write({ handOver: writeHandOver(handOver) })
    else await this.#surroundings.handOver?.give(handOver)
  }

  async #completeAndSay(
    delivery: Delivery,
    state: string,
    id: string,
    transaction: Transaction,
  ): Promise<void> {
    await this.#say(() => this.#complete(delivery, state, transaction), id, transaction.client)
    this.#landings.finishPopup(transaction)
  }

  async #say(complete: () => Promise<void>, id: string, client: string): Promise<void> {
    await this.#whileCompleting(async () => {
      try {
        await complete()
        await this.#landings.write({ client }, id)
        await this.#userInfo.add(client)
      } catch (error) {
        await this.#landings.writeError(error, client, id)
      }
    })
  }

  /** From before the transaction is taken: what is written down with that is only true if this worker dies. */
  async #whileCompleting<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#completing += 1
    try {
      return await work()
    } finally {
      this.#completing -= 1
    }
  }

  async #take(state: string, id: string): Promise<Transaction> {
    const { ledger, wire, handOver } = this.#surroundings
    const home = await handOver?.takeHome(id)
    const sealed = await ledger.takeTransaction(id, wire.now(), interrupted())
    const transaction = sealed ? await unsealTransaction(state, sealed) : this.#leadHome(id, home)
    if (transaction === undefined) throw unknownState()
    return transaction
  }

  async #complete(
    delivery: Delivery,
    state: string,
    transaction: Transaction,
    keptKey?: ProofKey,
  ): Promise<void> {
    const { wire } = this.#surroundings
    const { verifier } = transaction
    const client = this.#refuseOtherWay(delivery, transaction)
    if (verifier === undefined) throw unknownState()
    const expected = { client, issuerPromised: transaction.issuerPromised }
    const { parameters } = delivery
    const isSigned = client.responseMode.endsWith('.jwt')
    // A plain one first: what is wrong with it is known without a request.
    const plain = isSigned ? undefined : checkAuthorizationResponse(expected, parameters, state)
    const server = await this.#servers.server(transaction.client)
    const callback = plain ?? (await checkSignedResponse(server, parameters, state, wire))
    // Not the transaction decides: script of the same origin can write one of its own.
    const isBound = usesDpop(server)
    const proofKey = isBound ? (keptKey ?? (await importProofKey(transaction.proofJwk))) : undefined
    if (isBound && proofKey === undefined) throw unknownState()
    const tokens = await exchangeCode(
      server,
      callback,
      {
        ...transaction,
        verifier: new Secret('code-verifier', verifier),
        ...(proofKey && { proofKey }),
      },
      wire,
    )
    // The code is spent: a storage that cannot be read must not cost the sign-in.
    const before = await this.#surroundings.tokens.read(transaction.client).catch(() => undefined)
    const stepUp = answeredStepUp(transaction, before?.tokens.stepUp, wire.now())
    const due = client.userInfo ? { userInfoDue: crypto.randomUUID() } : {}
    await this.#sessions.signIn(
      transaction.client,
      { ...tokens, ...due, stepUp },
      transaction.appState,
    )
  }

  #refuseOtherWay(
    delivery: Delivery,
    transaction: Transaction,
  ): ReturnType<ServerDirectory['client']> {
    const client = this.#servers.client(transaction.client)
    refuseImplicit(delivery.parameters)
    if (delivery.redirectUri !== transaction.redirectUri || delivery.mode !== client.responseMode) {
      throw failure('invalid-response', 'authorization', {
        message: `The response came by response_mode=${delivery.mode} to ${delivery.redirectUri}, but ${client.responseMode} to ${transaction.redirectUri} was asked for. Set \`responseMode\` of the client to what the server sends`,
      })
    }
    return client
  }
}

/** Of a signed response it is not verified yet: it only finds the transaction, whose state must be the one that is verified. */
function onlyState({ mode, parameters }: Delivery): string {
  const [state, ...more] = mode.endsWith('.jwt') ? statesIn(parameters) : parameters.getAll('state')
  if (!state || more.length > 0) throw unknownState()
  return state
}

/** What is found if the worker does not live to write the real outcome. */
function interrupted(): Landing {
  const error = failure('sign-in-interrupted', 'exchange', {
    message:
      'The worker was ended while it completed the sign-in. The code is spent: sign in again',
  })
  return { error: toWire(error) }
}
