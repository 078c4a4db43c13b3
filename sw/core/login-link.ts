import type { LoginParameters } from '../../src/contract/messages.ts'
import { failure } from '../protocol/failure.ts'
import { postAuthorizationRequest } from '../protocol/post-authorization-request.ts'
import { keepTransaction, makeRequest } from './pending-request.ts'
import { transactionId } from './sealed-transactions.ts'
import type { ServerDirectory } from './server-directory.ts'
import type { SignIn } from './sign-in.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Signing in by a link in a mail: the guardian posts the authorization request itself, and the response comes back much later
 * in another tab, as that of any sign-in. State, nonce and verifier are never in a URL that a page sees.
 */
export class LoginLink {
  readonly #surroundings: Surroundings
  readonly #servers: ServerDirectory
  readonly #signIn: SignIn

  constructor(surroundings: Surroundings, servers: ServerDirectory, signIn: SignIn) {
    this.#surroundings = surroundings
    this.#servers = servers
    this.#signIn = signIn
  }

  /**
   * @param appOrigin vault: the app that embeds the bridge, as the bridge knows it
   * @throws AuthError `login-link-…`, and those of {@link SignIn.begin}
   */
  async send(client: string, login: LoginParameters, appOrigin?: string): Promise<void> {
    if (!this.#servers.client(client).loginLink) throw notEnabled()
    const { server, returnTo } = await this.#signIn.check(client, login, appOrigin)
    const redirectUri = this.#surroundings.origin + server.client.redirectPath
    const request = await makeRequest(server, redirectUri, login)
    // Before the request, for the link must find it. What fails leaves a row that nobody can open, until it expires.
    await keepTransaction(this.#surroundings, server, request, { redirectUri, returnTo, login })
    if (appOrigin !== undefined) {
      const id = await transactionId(request.state)
      await this.#surroundings.handOver?.keepHome(id, { client, appOrigin, returnTo })
    }
    await postAuthorizationRequest(server, request.parameters, this.#surroundings.wire)
  }
}

function notEnabled(): Error {
  return failure('login-link-not-enabled', 'request', {
    message: 'The client is not configured with `loginLink: true`; nothing was sent',
  })
}
