import type { LoginParameters } from '../../src/contract/messages.ts'
import { parseLoginParameters } from '../../src/contract/parse-request.ts'
import { RESERVED_PARAMETERS } from '../../src/contract/parse-config.ts'
import type { ParsedClient } from '../../src/contract/config.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { authorizationUrl, makePkce } from '../protocol/authorization-request.ts'
import { usesDpop } from '../protocol/dpop.ts'
import { failure } from '../protocol/failure.ts'
import { makeProofKey } from '../protocol/proof-key.ts'
import { pushRequest } from '../protocol/push-request.ts'
import { isPushed, refuseUnsupported } from '../protocol/refuse-unsupported.ts'
import type { Server } from '../protocol/server.ts'
import { checkDeployment } from './deployment-check.ts'
import { checkVaultDeployment } from './vault-deployment-check.ts'
import { writeCarried, type Carried } from './hand-over.ts'
import { Landings } from './landings.ts'
import { refuseMixUp } from './mix-up.ts'
import { keepTransaction, makeRequest, TRANSACTION_SECONDS } from './pending-request.ts'
import { landingUrl, storedLandingUrl } from './return-to.ts'
import type { ServerDirectory } from './server-directory.ts'
import type { SessionBook } from './session-book.ts'
import type { Surroundings } from './surroundings.ts'
import type { Errand } from './token-store.ts'

/** Seconds from the page's question to the navigation. */
const ERRAND_SECONDS = 120

/** What a page asks for besides the parameters of the authorization request. */
export interface LoginPlace {
  readonly display?: 'popup' | undefined
  /** Vault: the app that embeds the bridge, as the bridge knows it. */
  readonly appOrigin?: string | undefined
}

interface CheckedLogin {
  /** Where to land. */
  readonly returnTo: string
  readonly server: Server
}

/**
 * Signing in, up to the authorization server: `begin` (message from the page) → `start` (navigation to the login path).
 * The response is for {@link SignInCompletion}. Each step may run in another life of the worker. State, nonce, verifier and
 * DPoP key are made in `start`, so that no message and no URL that a page sees ever has them; only where the response will be
 * handed over (see hand-over.ts) verifier and key are made in `begin`.
 */
export class SignIn {
  readonly #surroundings: Surroundings
  readonly #servers: ServerDirectory
  readonly #sessions: SessionBook
  readonly #landings: Landings
  #deployment: Promise<void> | undefined

  constructor(surroundings: Surroundings, servers: ServerDirectory, sessions: SessionBook) {
    this.#surroundings = surroundings
    this.#servers = servers
    this.#sessions = sessions
    this.#landings = new Landings(surroundings, sessions)
  }

  /**
   * Checks everything that can be checked now and remembers what the page wants.
   * @returns where to navigate: a path of the guardian's origin, or the whole URL on a vault
   * @throws AuthError `unknown-client`, `invalid-return-to`, `parameter-not-allowed`, `metadata-…`, `dpop-unsupported`,
   * `request-unsupported`, `storage-unavailable`, `tampered`, `deployment-unsafe` (strict mode)
   */
  async begin(client: string, login: LoginParameters, place: LoginPlace = {}): Promise<string> {
    const { config, ledger, wire, handOver, origin } = this.#surroundings
    const { returnTo: _wanted, ...parameters } = login
    const { display, appOrigin } = place
    const { returnTo, server } = await this.check(client, login, appOrigin)
    const id = crypto.randomUUID()
    const errand: Errand = {
      kind: 'login',
      client,
      returnTo,
      parameters: { ...parameters },
      ...(display && { display }),
    }
    const path = `${config.loginPath}?request=${id}`
    if (handOver === undefined || appOrigin === undefined) {
      await ledger.putErrand(id, errand, epochSeconds(wire.now() + ERRAND_SECONDS))
      return path
    }
    const { verifier, challenge } = await makePkce()
    const proof = needsProof(display, appOrigin, origin) ? { proof: crypto.randomUUID() } : {}
    const key = usesDpop(server) ? await makeProofKey() : undefined
    const kept = {
      ...errand,
      appOrigin,
      verifier: verifier.reveal(),
      ...(key && { proofKey: key.reveal() }),
      ...proof,
    }
    if (proof.proof !== undefined) await handOver.keepProof(id, proof.proof)
    await ledger.putErrand(id, kept, epochSeconds(wire.now() + TRANSACTION_SECONDS))
    const { appState: _appState, ...carriedParameters } = parameters
    const carried: Carried = {
      kind: 'login',
      client,
      returnTo,
      parameters: carriedParameters,
      challenge,
      ...(key && { jkt: await key.thumbprint() }),
      appOrigin,
      ...(display && { display }),
    }
    return `${origin}${path}&carry=${writeCarried(carried)}`
  }

  /** Checks what a page asks for, as {@link begin} does, and throws the same. */
  async check(client: string, login: LoginParameters, appOrigin?: string): Promise<CheckedLogin> {
    refuseParameters(login, this.#servers.client(client))
    const returnTo = landingUrl(login.returnTo, this.#surroundings, appOrigin)
    this.#sessions.refuseIfTampered()
    await this.#checkDeployment()
    const server = await this.#servers.server(client)
    refuseUnsupported(server)
    // Said before the user is sent anywhere.
    usesDpop(server)
    refuseMixUp(server, this.#surroundings.config.clients)
    return { returnTo, server }
  }

  /** Once per life of the worker: the answers do not change from one sign-in to the next. */
  async #checkDeployment(): Promise<void> {
    const { deploymentCheck } = this.#surroundings.config
    if (deploymentCheck === 'off') return
    const check = this.#surroundings.config.vault ? checkVaultDeployment : checkDeployment
    this.#deployment ??= check(this.#surroundings)
    if (deploymentCheck === 'strict') await this.#deployment
    else this.#deployment.catch((error: unknown) => this.#sessions.reportError(error))
  }

  /**
   * @param carried what the URL brought along, for a vault whose storage does not know the errand
   * @returns where to redirect the navigation: to the authorization server, or back with an error to pick up
   */
  async start(errandId: string, carried?: Carried): Promise<string> {
    const { ledger, wire } = this.#surroundings
    const stored = await ledger.readErrand(errandId, wire.now()).catch(() => undefined)
    // Not removed: a reload of a login that failed on the way may try again until it expires.
    const errand = stored ?? (this.#surroundings.handOver && carried)
    if (errand?.kind !== 'login') {
      await this.#landings.writeError(unknownState())
      return this.#landings.url({})
    }
    try {
      return await this.#request(errand, stored ? undefined : { errandId, carried })
    } catch (error) {
      await this.#landings.writeError(error, errand.client)
      this.#landings.finishPopup(errand)
      return this.#landings.url(errand)
    }
  }

  async #request(
    errand: Errand | Carried,
    elsewhere: { readonly errandId: string; readonly carried: Carried | undefined } | undefined,
  ): Promise<string> {
    const { config, wire, origin } = this.#surroundings
    const login = parseLoginParameters(errand.parameters)
    if (login === undefined) throw unknownState()
    // Checked again: script of the same origin can write to the storage in between, and any site can make up a URL.
    refuseParameters(login, this.#servers.client(errand.client))
    const server = await this.#servers.server(errand.client)
    refuseUnsupported(server)
    refuseMixUp(server, config.clients)
    const redirectUri = origin + server.client.redirectPath
    const { challenge, jkt, appOrigin } = elsewhere?.carried ?? {}
    // A page that takes the thumbprint out of the URL must not loosen what the configuration demands. With `auto` the frame may
    // have seen metadata of another age.
    const isDemanded = server.client.dpop === 'required'
    if (isDemanded && challenge !== undefined && jkt === undefined) throw unknownState()
    const request = await makeRequest(server, redirectUri, login, { challenge, jkt })
    await keepTransaction(this.#surroundings, server, request, {
      redirectUri,
      returnTo: storedLandingUrl(errand.returnTo, this.#surroundings),
      login,
      display: errand.display,
      ...(elsewhere && appOrigin !== undefined
        ? { home: { errand: elsewhere.errandId, appOrigin } }
        : {}),
    })
    const sent = isPushed(server)
      ? await pushRequest(server, request.parameters, wire)
      : request.parameters
    return authorizationUrl(server, sent)
  }
}

/**
 * A popup brings the response itself. And ports of one host share their cookies, so nothing in one is a secret of the vault there;
 * such a place is a developer's machine.
 */
function needsProof(display: 'popup' | undefined, appOrigin: string, origin: string): boolean {
  return display !== 'popup' && new URL(appOrigin).hostname !== new URL(origin).hostname
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

export function unknownState(): Error {
  return failure('unknown-state', 'authorization', {
    message:
      'No sign-in is waiting for this response: it was forged, used before, is too old, or began in another browser or on another origin. Sign in again, from a page of the app',
  })
}
