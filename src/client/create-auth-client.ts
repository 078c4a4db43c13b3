import { AuthError, isAuthError, type AuthErrorCode } from '../contract/errors.ts'
import {
  CONTRACT_VERSION,
  LANDING_FRAGMENT,
  type GuardianRequest,
  type ReplyTo,
  type SessionReply,
} from '../contract/messages.ts'
import { parseEvent } from '../contract/parse-reply.ts'
import type { Claims, Json, Session } from '../contract/session.ts'
import { askWorker, clientError } from './ask-worker.ts'
import type { AuthClient, AuthClientEvents, AuthClientOptions } from './auth-client.ts'
import { coverPage } from './cover-page.ts'
import { registerWorker } from './register-worker.ts'

const READY_TIMEOUT_MS = 20_000
/** Milliseconds to wait for a sign-in that is still being completed, between questions, and for one answer. */
const LANDING_MS = 12_000
const LANDING_POLL_MS = 50
const SESSION_DEADLINE_MS = 6000
/** Milliseconds between looks at whether the worker is still registered. */
const WATCH_MS = 10_000

export function createAuthClient(options: AuthClientOptions = {}): AuthClient {
  const listeners = new Set<readonly [string, (detail: never) => void]>()
  const client = options.client === undefined ? {} : { client: options.client }
  let session: Session = { status: 'unprotected', code: 'page-not-covered' }
  let starting: Promise<Session> | undefined
  let settled = false
  let clientName = options.client
  let landed = removeLandingFragment()

  function emit<Name extends keyof AuthClientEvents>(
    name: Name,
    detail: AuthClientEvents[Name],
  ): void {
    for (const [wanted, listener] of listeners) {
      if (wanted === name) (listener as (detail: AuthClientEvents[Name]) => void)(detail)
    }
  }

  function update(next: Session): Session {
    const changed = JSON.stringify(next) !== JSON.stringify(session)
    session = next
    if (changed) emit('session', next)
    return next
  }

  async function askSession(worker: ServiceWorker): Promise<SessionReply> {
    const request = { type: 'get-session', ...client, ...(landed && { landed }) } as const
    const end = Date.now() + LANDING_MS
    for (;;) {
      try {
        const reply = await askWorker(worker, request, SESSION_DEADLINE_MS)
        // What takes longer than this is told by an event.
        if (reply.landing?.pending && Date.now() < end) await pause()
        else {
          landed = false
          clientName = reply.client
          if (reply.landing?.error) emit('error', new AuthError(reply.landing.error))
          return reply
        }
      } catch (error) {
        // A worker that was ended while it was asked starts again for the next question.
        if (!isAuthError(error) || !error.retryable || Date.now() > end) throw error
      }
    }
  }

  async function start(): Promise<Session> {
    try {
      const covered = registerWorker(options, () => emit('update', undefined)).then((found) =>
        coverPage(found, askSession),
      )
      return update(
        (await withTimeout(covered, options.readyTimeoutMs ?? READY_TIMEOUT_MS)).session,
      )
    } catch (error) {
      const known = isAuthError(error) ? error : notCovered()
      emit('error', known)
      return update({ status: 'unprotected', code: known.code })
    }
  }

  async function ask<Request extends GuardianRequest>(
    request: Request,
  ): Promise<ReplyTo[Request['type']]> {
    const { controller } = 'serviceWorker' in navigator ? navigator.serviceWorker : {}
    if (session.status === 'unprotected') await authClient.ready()
    if (session.status === 'unprotected') throw refused(session.code)
    const worker = controller ?? navigator.serviceWorker.controller
    if (!worker) throw notCovered()
    return askWorker(worker, request)
  }

  const authClient: AuthClient = {
    get session() {
      return session
    },
    ready({ signal } = {}) {
      listen()
      if (!starting) {
        settled = false
        starting = start()
        void starting.then(({ status }) => {
          settled = true
          // What failed may work the next time.
          if (status === 'unprotected') starting = undefined
        })
      }
      return signal ? Promise.race([starting, rejection(signal)]) : starting.then(() => session)
    },
    on(event, listener) {
      const entry = [event, listener] as const
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    async loginWithRedirect({ client: name, appState, ...login } = {}) {
      const parameters = {
        returnTo: location.href,
        ...login,
        ...(appState === undefined ? {} : { appState: appState as Json }),
      }
      const named = name === undefined ? client : { client: name }
      location.assign((await ask({ type: 'begin-login', ...named, parameters })).url)
    },
    async logout(logout = {}) {
      const { url } = await ask({ type: 'begin-logout', ...client, ...logout })
      if (url) location.assign(url)
    },
    async getUser() {
      const { session: now } = await ask({ type: 'get-session', ...client })
      return update(now).status === 'signed-in' ? (now as Session & { user: Claims }).user : null
    },
    async refresh() {
      return update((await ask({ type: 'refresh', ...client })).session)
    },
  }

  let listening = false
  function listen(): void {
    if (listening || !('serviceWorker' in navigator)) return
    listening = true
    const container = navigator.serviceWorker
    container.addEventListener('message', ({ data }) => {
      const event = parseEvent(data)
      if (event?.type === 'stay-awake') {
        container.controller?.postMessage({
          tokenGuardian: CONTRACT_VERSION,
          request: { type: 'keep-awake' },
        })
      } else if (event?.type === 'error') emit('error', new AuthError(event.error))
      else if (event && event.client === clientName) update(event.session)
    })
    container.startMessages()
    // Taken now, before any other script may have replaced it.
    const getRegistration = container.getRegistration.bind(container)
    const watchRegistration = async (): Promise<void> => {
      const { controller } = container
      if (controller && !(await getRegistration())) {
        await askWorker(controller, { type: 'check-registration' }).catch(() => undefined)
      }
    }
    setInterval(() => void watchRegistration(), WATCH_MS)
    addEventListener('visibilitychange', () => void watchRegistration())
    // Another worker took over, or the page comes back from the back/forward cache: look again.
    const lookAgain = (): void => {
      if (!settled) return
      starting = undefined
      void authClient.ready()
    }
    container.addEventListener('controllerchange', lookAgain)
    addEventListener('pageshow', ({ persisted }) => {
      if (persisted) lookAgain()
    })
  }

  return authClient
}

/** The guardian lands on a URL with a fragment of its own; it is gone before the app looks. */
function removeLandingFragment(): boolean {
  if (location.hash !== LANDING_FRAGMENT) return false
  history.replaceState(history.state, '', location.pathname + location.search)
  return true
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LANDING_POLL_MS))
}

function refused(code: AuthErrorCode): AuthError {
  return clientError(code, 'This page is not protected by the guardian; nothing was done')
}

function notCovered(): AuthError {
  return clientError('page-not-covered', 'No worker covers this page; reload it')
}

function withTimeout<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(notCovered()), timeoutMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
  })
}
