import type { AuthClient, LogoutOptions } from '../client/auth-client.ts'
import { createListeners } from '../client/listeners.ts'
import type { AuthError, AuthErrorCode } from '../contract/errors.ts'
import type { ClientDescription } from '../contract/messages.ts'
import type { Json, Session, SignedIn } from '../contract/session.ts'
import { epochSeconds } from '../contract/units.ts'
import { authError } from './auth-error.ts'
import { errorOf, FakeAnswers } from './fake-answers.ts'
import type { FakeCall, FakeControls, FakeDeparture, FakeMethod } from './fake-controls.ts'
import { FakePage } from './fake-page.ts'
import { signedIn, TOKEN_SECONDS, type SignedInFacts } from './signed-in.ts'

export interface FakeAuthClientOptions {
  /** What the guardian knows when the app starts. Default: signed out. */
  readonly session?: Session
  /** Name of the client, as in `createAuthClient`; sign-ins of another name leave its session alone. */
  readonly client?: string
  /** Origin of the app. Default: that of the test's page, or `http://localhost`. */
  readonly origin?: string
  /** What the worker is configured with, for apps that compare it. Default: a client `fake` of `https://id.example.com`. */
  readonly configuration?: ClientDescription
}

/** For tests of components only: it protects nothing and signs nobody in, and no request gets a token. */
export interface FakeAuthClient extends AuthClient {
  readonly fake: FakeControls
}

/** What a refresh can find that leaves nothing to refresh with. */
const ENDING: readonly AuthErrorCode[] = [
  'session-ended',
  'refresh-interrupted',
  'refresh-identity-mismatch',
  'dpop-downgrade',
]

const CONFIGURATION: ClientDescription = {
  issuer: 'https://id.example.com',
  clientId: 'fake',
  scope: ['openid'],
}

/**
 * An auth client for tests of components: no worker, no server, no browser is needed. It answers as the real one does, in the same
 * order, and a test steers it by `fake`. **Never for production**: it protects nothing.
 */
export function createFakeAuthClient(options: FakeAuthClientOptions = {}): FakeAuthClient {
  const { on, emit } = createListeners()
  const answers = new FakeAnswers()
  const page = new FakePage(options.origin)
  const calls: FakeCall[] = []
  /** What the guardian knows; the page knows it from `ready` on. */
  let known: Session = options.session ?? { status: 'signed-out' }
  let session: Session = { status: 'unprotected', code: 'page-not-covered' }
  /** Who signs in. */
  let user = known.status === 'signed-in' ? userIn(known) : {}
  let departure: FakeDeparture | undefined
  let starting: Promise<Session> | undefined
  let hears = false

  function update(next: Session): Session {
    const changed = JSON.stringify(next) !== JSON.stringify(session)
    session = next
    if (changed) emit('session', next)
    return next
  }

  /** The guardian's session changes, and pages that listen hear it. */
  function change(next: Session): Session {
    known = next
    return hears ? update(next) : next
  }

  function record<Name extends FakeMethod>(
    method: Name,
    given?: Parameters<AuthClient[Name]>[0],
  ): void {
    calls.push({ method, options: given } as FakeCall)
  }

  async function start(): Promise<Session> {
    try {
      await answers.outcomeOf('ready')
      if (known.status === 'unprotected') throw authError(known.code)
      hears = true
      return update(known)
    } catch (error) {
      emit('error', error as AuthError)
      return update({ status: 'unprotected', code: (error as AuthError).code })
    }
  }

  async function untilReady(): Promise<void> {
    if (session.status === 'unprotected') await begin()
    if (session.status === 'unprotected') throw authError(session.code)
  }

  function begin(): Promise<Session> {
    starting ??= start().finally(() => {
      // What failed may work the next time.
      if (session.status === 'unprotected') starting = undefined
    })
    return starting.then(() => session)
  }

  function sessionOf(appState: Json | undefined): SignedIn {
    return signedIn({ ...user, ...(appState !== undefined && { appState }) })
  }

  const client: AuthClient = {
    get session() {
      return session
    },
    ready(ready = {}) {
      record('ready', ready)
      const { signal } = ready
      return signal ? Promise.race([begin(), rejection(signal)]) : begin()
    },
    on,
    async loginWithRedirect(login = {}) {
      record('loginWithRedirect', login)
      await untilReady()
      const leaving = page.readLogin(login)
      await answers.outcomeOf('loginWithRedirect')
      departure = { to: 'login', ...leaving }
    },
    async sendLoginLink(login) {
      record('sendLoginLink', login)
      await untilReady()
      page.readLogin(login)
      await answers.outcomeOf('sendLoginLink')
    },
    async loginWithPopup(login = {}) {
      record('loginWithPopup', login)
      await untilReady()
      const { appState } = page.readLogin(login)
      await answers.outcomeOf('loginWithPopup')
      const isOther = login.client !== undefined && login.client !== options.client
      return isOther ? sessionOf(appState) : change(sessionOf(appState))
    },
    async logout(logout: LogoutOptions = {}) {
      record('logout', logout)
      await untilReady()
      const returnTo = page.landingUrl(logout.returnTo)
      await answers.outcomeOf('logout')
      change({ status: 'signed-out' })
      if (logout.localOnly !== true) departure = { to: 'logout', returnTo }
    },
    async getUser() {
      record('getUser')
      await untilReady()
      await answers.outcomeOf('getUser')
      const now = update(known)
      return now.status === 'signed-in' ? now.user : null
    },
    async refresh() {
      record('refresh')
      await untilReady()
      if (known.status !== 'signed-in') throw authError('not-signed-in')
      try {
        await answers.outcomeOf('refresh')
      } catch (error) {
        const { code } = error as AuthError
        if (ENDING.includes(code)) change({ status: 'interaction-required', code })
        throw error
      }
      // A new token outlives the one before.
      const expiresAt = Math.max(Date.now() / 1000 + TOKEN_SECONDS, (known.expiresAt ?? 0) + 1)
      return change({ ...known, stale: false, expiresAt: epochSeconds(expiresAt) })
    },
    async downloadUrl(url, download) {
      record('downloadUrl', url)
      await untilReady()
      const target = page.downloadUrl(String(url), download?.filename)
      await answers.outcomeOf('downloadUrl')
      return target
    },
    async configuration() {
      record('configuration')
      await untilReady()
      await answers.outcomeOf('configuration')
      return options.configuration ?? CONFIGURATION
    },
  }

  const fake: FakeControls = {
    calls,
    get departure() {
      return departure
    },
    answer: (method, answer) => answers.set(method, answer),
    signIn(facts = {}) {
      user = userIn({ ...user, ...facts })
      change(signedIn({ ...user, ...facts }))
    },
    comeBack(how) {
      if (departure?.to !== 'login') throw new Error('The app began no sign-in by redirect')
      const { appState } = departure
      departure = undefined
      if (how) emit('error', errorOf(how.fails))
      else change(sessionOf(appState))
    },
    signOut: () => void change({ status: 'signed-out' }),
    expire() {
      if (known.status !== 'signed-in') throw new Error('Nobody is signed in')
      change({ ...known, stale: true, expiresAt: epochSeconds(Date.now() / 1000 - 1) })
    },
    refuse: (code = 'session-ended') => void change({ status: 'interaction-required', code }),
    unprotect(code = 'page-not-covered') {
      starting = undefined
      if (hears) emit('error', authError(code))
      change({ status: 'unprotected', code })
      hears = false
    },
    setSession: (next) => void change(next),
    emit,
  }

  return Object.defineProperty(client, 'fake', { value: fake }) as FakeAuthClient
}

/** What every sign-in of a user has in common. */
function userIn({ user, scope }: SignedInFacts): SignedInFacts {
  return { ...(user && { user }), ...(scope && { scope }) }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
  })
}
