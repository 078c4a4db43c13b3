import { gone } from '../gone.ts'
import type { User } from './user.ts'

type Callback<Arguments extends unknown[]> = (...details: Arguments) => unknown

/** Milliseconds: timers of browsers hold no more than 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** What tells an app of changes. Each `add…` returns a function that does what `remove…` does. */
export class UserManagerEvents {
  readonly #userLoaded = new Set<Callback<[User]>>()
  readonly #userUnloaded = new Set<Callback<[]>>()
  readonly #silentRenewError = new Set<Callback<[Error]>>()
  readonly #accessTokenExpiring = new Set<Callback<[]>>()
  readonly #accessTokenExpired = new Set<Callback<[]>>()
  readonly #noticeSeconds: number
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()

  constructor(noticeSeconds: number) {
    this.#noticeSeconds = noticeSeconds
  }

  /** A sign-in, or an access token that was renewed. Not the session that is there when the app starts. */
  addUserLoaded(callback: Callback<[User]>): () => void {
    return add(this.#userLoaded, callback)
  }
  removeUserLoaded(callback: Callback<[User]>): void {
    this.#userLoaded.delete(callback)
  }

  /** The session is over, from whatever tab. */
  addUserUnloaded(callback: Callback<[]>): () => void {
    return add(this.#userUnloaded, callback)
  }
  removeUserUnloaded(callback: Callback<[]>): void {
    this.#userUnloaded.delete(callback)
  }

  addSilentRenewError(callback: Callback<[Error]>): () => void {
    return add(this.#silentRenewError, callback)
  }
  removeSilentRenewError(callback: Callback<[Error]>): void {
    this.#silentRenewError.delete(callback)
  }

  addAccessTokenExpiring(callback: Callback<[]>): () => void {
    return add(this.#accessTokenExpiring, callback)
  }
  removeAccessTokenExpiring(callback: Callback<[]>): void {
    this.#accessTokenExpiring.delete(callback)
  }

  /** Nothing is lost by it: the next request renews the token. */
  addAccessTokenExpired(callback: Callback<[]>): () => void {
    return add(this.#accessTokenExpired, callback)
  }
  removeAccessTokenExpired(callback: Callback<[]>): void {
    this.#accessTokenExpired.delete(callback)
  }

  /** @deprecated throws, as `monitorSession` does */
  addUserSignedIn(): never {
    throw noMonitor('addUserSignedIn')
  }
  /** @deprecated throws, as `monitorSession` does */
  addUserSignedOut(): never {
    throw noMonitor('addUserSignedOut')
  }
  /** @deprecated throws, as `monitorSession` does */
  addUserSessionChanged(): never {
    throw noMonitor('addUserSessionChanged')
  }

  /** @internal */
  raiseUserLoaded(user: User): void {
    raise(this.#userLoaded, user)
  }

  /** @internal */
  raiseUserUnloaded(): void {
    raise(this.#userUnloaded)
  }

  /** @internal */
  raiseSilentRenewError(error: Error): void {
    raise(this.#silentRenewError, error)
  }

  /** @internal Tells of the end of an access token when it comes. */
  watch(user: User | null): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    const end = user?.expires_at
    if (end === undefined) return
    this.#at(end - this.#noticeSeconds, this.#accessTokenExpiring)
    this.#at(end, this.#accessTokenExpired)
  }

  #at(seconds: number, callbacks: Set<Callback<[]>>): void {
    const left = seconds * 1000 - Date.now()
    // One that has passed is no news.
    if (left <= 0) return
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        if (left > LONGEST_TIMER_MS) this.#at(seconds, callbacks)
        else raise(callbacks)
      },
      Math.min(left, LONGEST_TIMER_MS),
    )
    this.#timers.add(timer)
  }
}

function add<Arguments extends unknown[]>(
  callbacks: Set<Callback<Arguments>>,
  callback: Callback<Arguments>,
): () => void {
  callbacks.add(callback)
  return () => void callbacks.delete(callback)
}

function raise<Arguments extends unknown[]>(
  callbacks: ReadonlySet<Callback<Arguments>>,
  ...details: Arguments
): void {
  for (const callback of callbacks) callback(...details)
}

function noMonitor(name: string): TypeError {
  return gone(
    `events.${name}()`,
    'No frame asks for the session at the server: a session that ended there is unloaded at the next refresh.',
  )
}
