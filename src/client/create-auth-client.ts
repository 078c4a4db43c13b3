import { AuthError, isAuthError, type AuthErrorWire } from '../contract/errors.ts'
import {
  type GuardianEvent,
  type GuardianRequest,
  type LandingPlace,
  type ReplyTo,
  type SessionReply,
} from '../contract/messages.ts'
import type { Json, Session } from '../contract/session.ts'
import { clientError } from './ask-guardian.ts'
import type { AuthClient, AuthClientOptions, LoginOptions } from './auth-client.ts'
import { notCovered, UNKNOWN } from './cover-page.ts'
import { linkOf, waysOfClients, type AskSession } from './guardian-link.ts'
import { leaveFor } from './leave-for.ts'
import { createListeners } from './listeners.ts'
import { PageLanding, removeLandingFragment } from './page-landing.ts'
import { Popup } from './popup.ts'
import { Updates } from './updates.ts'

const READY_TIMEOUT_MS = 20_000
/** Milliseconds to wait for a sign-in that is still being completed, between questions, and for one answer. */
const LANDING_MS = 12_000
const LANDING_POLL_MS = 50
const SESSION_DEADLINE_MS = 6000

/** Shared by the clients of the page, and made with the first: before that the URL is none of this library's business. */
let pageLanding: PageLanding | undefined

export function createAuthClient(options: AuthClientOptions = {}): AuthClient {
  const { on, emit } = createListeners()
  const popupsFinished = new Set<(client: string) => void>()
  const client = options.client === undefined ? {} : { client: options.client }
  let session = UNKNOWN
  let starting: Promise<Session> | undefined
  let settled = false
  let clientName = options.client
  let inPopup = false
  let hasHeard = false
  const updates = new Updates(
    (detail) => emit('update', detail),
    async () => {
      await authClient.ready()
      refuseUnprotected()
    },
  )
  /** For each question under way what events told meanwhile, by client. */
  const heardMeanwhile = new Set<Map<string, Session>>()
  const landing = (pageLanding ??= new PageLanding(removeLandingFragment()))
  landing.add(options.client)

  const link = linkOf(options, {
    hear,
    lookAgain: () => {
      if (!settled) return
      starting = undefined
      void authClient.ready()
    },
    uncovered: () => {
      const error = clientError('tampered', 'The worker was unregistered while it ran; reload')
      if (session.status === 'unprotected') return
      emit('error', error)
      update({ status: 'unprotected', code: error.code })
    },
  })

  function update(next: Session): Session {
    const changed = JSON.stringify(next) !== JSON.stringify(session)
    session = next
    if (changed) emit('session', next)
    return next
  }

  function hear(event: GuardianEvent): void {
    if (event.type === 'popup-finished') for (const finish of popupsFinished) finish(event.client)
    else if (event.type === 'session') {
      for (const heard of heardMeanwhile) heard.set(event.client, event.session)
      if (event.client === clientName) update(event.session)
    } else if ('client' in event && !isOurs(event.client)) return
    else if (event.type === 'error') emit('error', new AuthError(event.error))
    else if (event.type === 'stepup') emit('stepup', event.stepUp)
  }

  /** The session of an answer, or that of an event which came meanwhile: events tell every change, and answers go another way. */
  async function newestOf(
    asking: () => Promise<{ readonly session: Session; readonly client?: string }>,
  ): Promise<Session> {
    const heard = new Map<string, Session>()
    heardMeanwhile.add(heard)
    try {
      const { session: answered, client: name = clientName ?? '' } = await asking()
      return heard.get(name) ?? answered
    } finally {
      heardMeanwhile.delete(heard)
    }
  }

  /** Before the guardian said which client this one is, everything may be its own. */
  function isOurs(name: string | undefined): boolean {
    return name === undefined || clientName === undefined || name === clientName
  }

  const askSession: AskSession = (ask) => askSessionOf(client, ask)

  /** @param whose this client, or that of a popup which this one opened */
  async function askSessionOf(
    whose: { readonly client?: string },
    ask: Parameters<AskSession>[0],
  ): Promise<SessionReply> {
    const isHere = !inPopup && (await landing.isToAsk(authClient))
    const landed: LandingPlace | undefined = inPopup ? 'in-popup' : isHere ? 'here' : undefined
    const request = { type: 'get-session', ...whose, ...(landed && { landed }) } as const
    const end = performance.now() + LANDING_MS
    for (;;) {
      try {
        const reply = await ask(request, SESSION_DEADLINE_MS)
        // An app's worker with a vault does not know; how it ended is for the vault to say.
        if (reply.vaultOrigin !== undefined) return reply
        // What takes longer than this is told by an event.
        if (reply.landing?.pending && performance.now() < end) await pause(LANDING_POLL_MS)
        else {
          if (whose === client) clientName = reply.client
          if (landed === 'here') landing.end(authClient, reply.landing ?? {})
          if (landed === 'in-popup') {
            if (isOurs(reply.landing?.client)) tell(reply.landing?.error)
          } else if (!hasHeard) {
            hasHeard = true
            tell(landing.errorFor(options.client, reply.client, isHere))
          }
          return reply
        }
      } catch (error) {
        // A worker that was ended while it was asked starts again for the next question.
        if (!isAuthError(error) || error.code !== 'worker-unresponsive' || performance.now() > end)
          throw error
      }
    }
  }

  function tell(error: AuthErrorWire | undefined): void {
    if (error) emit('error', new AuthError(error))
  }

  async function start(): Promise<Session> {
    try {
      const opened = link.open(askSession, (worker) => updates.waits(worker))
      const late = pause(options.readyTimeoutMs ?? READY_TIMEOUT_MS).then(() => {
        throw link.vault?.lateness ?? notCovered()
      })
      const opening = Promise.race([opened, late])
      const now = await newestOf(() => opening)
      if ((await opening).isOutdated) updates.isNotFine('outdated')
      else updates.isFine()
      return update(now)
    } catch (error) {
      landing.end(authClient)
      const known = isAuthError(error) ? error : notCovered()
      emit('error', known)
      if (known.code === 'contract-mismatch') updates.isNotFine('outdated')
      if (known.code === 'page-not-covered') updates.isNotFine('uncovered')
      return update({ status: 'unprotected', code: known.code })
    }
  }

  async function ask<Request extends GuardianRequest>(
    request: Request,
  ): Promise<ReplyTo[Request['type']]> {
    await untilProtected()
    return link.ask(request)
  }

  /** What failed once may work now. */
  async function untilProtected(): Promise<void> {
    if (session.status === 'unprotected') await authClient.ready()
    refuseUnprotected()
  }

  async function getSession(): Promise<Session> {
    return update(await newestOf(() => ask({ type: 'get-session', ...client })))
  }

  function refuseUnprotected(): void {
    if (session.status === 'unprotected') {
      throw clientError(session.code, 'No guardian protects this page; nothing was done')
    }
  }

  async function readyForRedirect(): Promise<void> {
    await authClient.ready()
    // Now, for asking would wait for what failed a second time.
    refuseUnprotected()
    if (link.vault && !link.vault.sameSite) {
      throw clientError(
        'vault-cross-site',
        'The vault is on another site, where a redirect cannot reach its frame: use loginWithPopup()',
      )
    }
  }

  function loginRequest({ client: name, appState, ...login }: LoginOptions): GuardianRequest & {
    readonly type: 'begin-login'
  } {
    const named = name === undefined ? client : { client: name }
    const state = appState === undefined ? {} : { appState: appState as Json }
    return {
      type: 'begin-login',
      ...named,
      parameters: { returnTo: location.href, ...login, ...state },
    }
  }

  /** How the sign-in in a popup ended, when the popup says so or is closed. */
  async function outcomeOf(
    popup: Popup,
    whose: { readonly client?: string },
  ): Promise<SessionReply & { readonly closed: boolean }> {
    const over = new AbortController()
    const name = whose.client ?? clientName
    let finish: (finished: string) => void = () => undefined
    const finished = new Promise<false>((resolve) => {
      finish = (other) => {
        if (!name || other === name) resolve(false)
      }
    })
    popupsFinished.add(finish)
    try {
      const closed = await Promise.race([
        finished,
        popup.says('end', over.signal),
        popup.closed(over.signal),
      ])
      inPopup = true
      const reply = await askSessionOf(whose, (request, deadlineMs) =>
        link.ask(request, deadlineMs),
      )
      return { ...reply, closed }
    } finally {
      over.abort()
      popupsFinished.delete(finish)
      inPopup = false
    }
  }

  const authClient: AuthClient = {
    get session() {
      return session
    },
    ready({ signal } = {}) {
      link.listen()
      if (!starting) {
        settled = false
        starting = start()
        void starting.then(({ status }) => {
          settled = true
          // What failed may work the next time.
          if (status === 'unprotected') starting = undefined
        })
      }
      const now = starting.then(() => session)
      return signal ? Promise.race([now, rejection(signal)]) : now
    },
    on,
    async loginWithRedirect(login = {}) {
      if (window !== window.top) {
        throw clientError(
          'login-in-frame',
          'Authorization servers do not show themselves in a frame: use loginWithPopup(), or open this page in a tab',
        )
      }
      await readyForRedirect()
      leaveFor((await ask(loginRequest(login))).url)
    },
    async sendLoginLink(login) {
      await readyForRedirect()
      const { loginHint } = login
      const request = loginRequest(login)
      await ask({
        ...request,
        type: 'send-login-link',
        parameters: { ...request.parameters, loginHint },
      })
    },
    async loginWithPopup(login = {}) {
      const popup = new Popup(link.vault?.origin)
      try {
        const { url } = await ask({ ...loginRequest(login), display: 'popup' })
        await popup.goTo(new URL(url, location.href).href)
        const whose = login.client === undefined ? client : { client: login.client }
        const { session: now, landing: how, closed, client: name } = await outcomeOf(popup, whose)
        if (how?.error) throw new AuthError(how.error)
        if (how?.missing && now.status !== 'signed-in') {
          throw closed
            ? clientError(
                'popup-closed',
                'The popup was closed before the sign-in ended, or a Cross-Origin-Opener-Policy cut it off',
              )
            : clientError('hand-over-failed', 'The popup came back without a sign-in; try again')
        }
        return name === clientName ? update(now) : now
      } finally {
        popup.close()
      }
    },
    async logout(logout = {}) {
      await untilProtected()
      // A vault has no start page of its own.
      const home = link.vault && !logout.localOnly && link.scope ? { returnTo: link.scope } : {}
      const { url } = await ask({ type: 'begin-logout', ...client, ...home, ...logout })
      if (url) leaveFor(url)
    },
    async getUser() {
      const now = await getSession()
      return now.status === 'signed-in' ? now.user : null
    },
    downloadUrl: (url, options) =>
      ask({ type: 'download-link', url: String(url), ...options }).then((link) => link.url),
    async refresh() {
      try {
        return update(await newestOf(() => ask({ type: 'refresh', ...client })))
      } catch (error) {
        // Who catches it may look at the session, and the event of its end is perhaps still on the way.
        if (isAuthError(error) && error.phase === 'refresh')
          await getSession().catch(() => undefined)
        throw error
      }
    },
    configuration() {
      return ask({ type: 'describe-client', ...client })
    },
  }

  waysOfClients.set(authClient, { link, client })
  return authClient
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
  })
}
