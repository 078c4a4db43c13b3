import type { AuthClient, AuthClientEvents } from '../client/auth-client.ts'
import type { AuthError, AuthErrorCode } from '../contract/errors.ts'
import type { Json, Session } from '../contract/session.ts'
import type { SignedInFacts } from './signed-in.ts'

/** The calls of an {@link AuthClient} that answer later. */
export type FakeMethod = {
  [Name in keyof AuthClient]: AuthClient[Name] extends (...args: never) => Promise<unknown>
    ? Name
    : never
}[keyof AuthClient]

/** One call that the app made, with what it was given. */
export type FakeCall = {
  [Name in FakeMethod]: { readonly method: Name; readonly options: Parameters<AuthClient[Name]>[0] }
}[FakeMethod]

/**
 * How calls of a method end: `succeeds` (default); `waits` until another answer is set; or they reject with a code. `ready` rejects
 * for nothing: its failure is the session `unprotected`.
 */
export type FakeAnswer = 'succeeds' | 'waits' | { readonly fails: AuthErrorCode | AuthError }

/** Where a call made the page leave for. A test has no navigation. */
export interface FakeDeparture {
  readonly to: 'login' | 'logout'
  /** Where it would come back to. */
  readonly returnTo: string
  readonly appState?: Json
}

/** What a test steers a fake client with: the guardian, its server and the user. */
export interface FakeControls {
  /** What the app called, oldest first. */
  readonly calls: readonly FakeCall[]
  /** The last sign-in or sign-out by redirect that the app began. The page of a test stays where it is. */
  readonly departure: FakeDeparture | undefined
  /** From now on, and for calls that wait. */
  answer(method: FakeMethod, answer: FakeAnswer): void
  /** The user signs in, here or in another tab. Further sign-ins are of this user too. */
  signIn(facts?: SignedInFacts): void
  /** The user comes back from the sign-in by redirect that the app began, with its `appState`. @throws Error when it began none */
  comeBack(how?: { readonly fails: AuthErrorCode | AuthError }): void
  /** The session ends, here or in another tab. */
  signOut(): void
  /** The access token expires, and is not refreshed yet: the session is `stale`. @throws Error when nobody is signed in */
  expire(): void
  /** The server refuses to refresh: the session is over until the user signs in again. Default `session-ended`. */
  refuse(code?: AuthErrorCode): void
  /** No worker covers the page any more, with an `error` event. Default `page-not-covered`. */
  unprotect(code?: AuthErrorCode): void
  /** Any other session. */
  setSession(session: Session): void
  /** Tells what the app listens to, as if it came from the guardian. */
  emit<Name extends Exclude<keyof AuthClientEvents, 'session'>>(
    event: Name,
    detail: AuthClientEvents[Name],
  ): void
}
