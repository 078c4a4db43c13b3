import { clientOf } from '../bindings/client-of.ts'
import { clientError } from '../client/ask-guardian.ts'
import type { AuthClient, AuthClientOptions } from '../client/auth-client.ts'
import type { AuthError } from '../contract/errors.ts'
import type { ClientDescription } from '../contract/messages.ts'
import type { Session } from '../contract/session.ts'

/** What an app says of its client, where it says it. */
export interface Believed {
  readonly issuer?: string | undefined
  readonly clientId?: string | undefined
  /** All of them; `offline_access` only where it matters. */
  readonly scope?: readonly string[] | undefined
  readonly audience?: string | undefined
}

/** An auth client whose configuration, which the build made, is compared once with what the app says. */
export class CheckedClient {
  readonly auth: AuthClient
  readonly #believed: Believed
  #checking: Promise<void> | undefined
  #contradiction: TypeError | undefined
  #lastError: AuthError | undefined

  constructor(given: AuthClient | AuthClientOptions | undefined, believed: Believed) {
    this.auth = clientOf(given)
    this.#believed = believed
    this.auth.on('error', (error) => {
      this.#lastError = error
    })
  }

  /** Why the redirect that led to this page failed, or whatever else failed last. */
  get lastError(): AuthError | undefined {
    return this.#lastError
  }

  /** Throws what is known to be wrong. For calls that must not wait, since a browser opens popups for a click only. */
  refuseContradiction(): void {
    if (this.#contradiction) throw this.#contradiction
  }

  /**
   * @throws TypeError when app and build contradict each other
   * @throws AuthError the code of `unprotected`
   */
  async ready(): Promise<Session> {
    const session = await this.auth.ready()
    if (session.status === 'unprotected') {
      const { code } = session
      throw this.#lastError?.code === code
        ? this.#lastError
        : clientError(code, 'No guardian protects this page; nothing was done')
    }
    this.#checking ??= this.#check()
    try {
      await this.#checking
    } catch (error) {
      // What could not be asked may be the next time.
      if (!this.#contradiction) this.#checking = undefined
      throw error
    }
    return session
  }

  async #check(): Promise<void> {
    const mistakes = contradictions(this.#believed, await this.auth.configuration())
    if (mistakes.length === 0) return
    this.#contradiction = new TypeError(
      `The app and the worker were built for different things: ${mistakes.join('; ')}. The worker's configuration decides; correct it at build time, or delete what the page says.`,
    )
    throw this.#contradiction
  }
}

function contradictions(believed: Believed, configured: ClientDescription): string[] {
  const different = (['issuer', 'clientId', 'audience'] as const).flatMap((name) => {
    const [here, there] = [believed[name], configured[name]]
    const same = name === 'issuer' ? withoutSlash(here) === withoutSlash(there) : here === there
    return here === undefined || same
      ? []
      : [`${name} is ${here} in the page and ${there ?? 'not set'} in the worker`]
  })
  return [...different, ...differentScope(believed.scope, configured.scope)]
}

function differentScope(here: readonly string[] | undefined, there: readonly string[]): string[] {
  if (here === undefined) return []
  const missing = here.filter((one) => !there.includes(one))
  // Whether a session may be refreshed is not for the page to say.
  const more = there.filter((one) => !here.includes(one) && one !== 'offline_access')
  return [
    ...(missing.length > 0 ? [`the worker does not ask for the scope ${missing.join(' ')}`] : []),
    ...(more.length > 0 ? [`the worker asks for the scope ${more.join(' ')} as well`] : []),
  ]
}

/** Issuers differ by it, and these libraries take both. */
function withoutSlash(url: string | undefined): string | undefined {
  return url?.replace(/\/$/, '')
}
