import type {
  AuthClient,
  AuthClientEvents,
  LoginOptions,
  LogoutOptions,
} from '../../src/client/auth-client.ts'
import { AuthError, type AuthErrorCode, type AuthErrorWire } from '../../src/contract/errors.ts'
import type { ClientDescription } from '../../src/contract/messages.ts'
import type { Session, SignedIn } from '../../src/contract/session.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { deferred } from './deferred.ts'

export const ALICE: SignedIn = {
  status: 'signed-in',
  user: { sub: 'alice', name: 'Alice' },
  scope: ['openid', 'profile'],
  expiresAt: epochSeconds(2_000_000_000),
  stale: false,
}

/** An auth client whose guardian is the test. As with the real one, its calls need no `this`. */
export class AuthClientInTest implements AuthClient {
  session: Session = { status: 'unprotected', code: 'page-not-covered' }
  readonly calls: string[] = []
  readonly logins: LoginOptions[] = []
  readonly logouts: LogoutOptions[] = []
  description: ClientDescription = {
    issuer: 'https://id.example/',
    clientId: 'app',
    scope: ['openid', 'profile'],
  }
  /** What calls that begin something do next; default: they succeed. */
  refusal: Error | undefined
  /** What a popup or a refresh ends with. */
  next: Session = ALICE
  readonly #listeners = new Set<readonly [string, (detail: never) => void]>()
  readonly #ready = deferred()

  /** How many listen, by event. */
  listening(event: keyof AuthClientEvents): number {
    return [...this.#listeners].filter(([name]) => name === event).length
  }

  /** The guardian has answered. */
  become(session: Session): void {
    this.tell(session)
    this.#ready.resolve()
  }

  tell(session: Session): void {
    this.session = session
    this.#emit('session', session)
  }

  fail(code: AuthErrorCode, more: Partial<AuthErrorWire> = {}): AuthError {
    const error = failureOf(code, more)
    this.#emit('error', error)
    return error
  }

  #emit<Name extends keyof AuthClientEvents>(name: Name, detail: AuthClientEvents[Name]): void {
    for (const [wanted, listener] of this.#listeners)
      if (wanted === name) (listener as (detail: AuthClientEvents[Name]) => void)(detail)
  }

  readonly ready = async (): Promise<Session> => {
    this.calls.push('ready')
    await this.#ready.promise
    return this.session
  }

  readonly on = <Name extends keyof AuthClientEvents>(
    event: Name,
    listener: (detail: AuthClientEvents[Name]) => void,
  ): (() => void) => {
    const entry = [event, listener] as const
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  readonly loginWithRedirect = async (options: LoginOptions = {}): Promise<void> => {
    this.#begin('loginWithRedirect')
    this.logins.push(options)
  }

  readonly sendLoginLink = async (): Promise<void> => {
    this.#begin('sendLoginLink')
  }

  readonly loginWithPopup = async (options: LoginOptions = {}): Promise<Session> => {
    this.#begin('loginWithPopup')
    this.logins.push(options)
    this.tell(this.next)
    return this.session
  }

  readonly logout = async (options: LogoutOptions = {}): Promise<void> => {
    this.#begin('logout')
    this.logouts.push(options)
    this.tell({ status: 'signed-out' })
  }

  readonly getUser = async (): Promise<SignedIn['user'] | null> => {
    return this.session.status === 'signed-in' ? this.session.user : null
  }

  readonly refresh = async (): Promise<Session> => {
    this.#begin('refresh')
    this.tell(this.next)
    return this.session
  }

  readonly downloadUrl = async (): Promise<string> => {
    this.#begin('downloadUrl')
    return 'https://app.example/auth/download/one'
  }

  readonly configuration = async (): Promise<ClientDescription> => {
    this.#begin('configuration')
    return this.description
  }

  #begin(call: string): void {
    this.calls.push(call)
    if (this.refusal) throw this.refusal
  }
}

export function failureOf(code: AuthErrorCode, more: Partial<AuthErrorWire> = {}): AuthError {
  return new AuthError({
    code,
    phase: 'authorization',
    message: `It is ${code}`,
    retryable: false,
    correlationId: 'c',
    ...more,
  })
}
