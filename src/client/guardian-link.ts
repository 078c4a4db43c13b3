import {
  CONTRACT_VERSION,
  type GuardianEvent,
  type GuardianRequest,
  type ReplyTo,
  type SessionReply,
} from '../contract/messages.ts'
import { parseEvent } from '../contract/parse-reply.ts'
import { askGuardian, type Askable } from './ask-guardian.ts'
import { BridgeFrame } from './bridge-frame.ts'
import { coverPage, notCovered, type Cover } from './cover-page.ts'
import { registerWorker, type WorkerOptions } from './register-worker.ts'

/** Milliseconds between looks at whether the worker is still registered. */
const WATCH_MS = 10_000
/** How often in a row it must be missing, and milliseconds between these looks: an app may register its worker anew. */
const MISSING_LOOKS = 5
const LOOK_AGAIN_MS = 250

/** Milliseconds after which a new version has taken over, if it waited for nothing else. */
const LATER_MS = 500

/** What the link tells its owner. */
export interface LinkListener {
  readonly hear: (event: GuardianEvent) => void
  /** The page may be covered by another worker than before. */
  readonly lookAgain: () => void
  /** The worker of a vault's app is not registered any more. */
  readonly uncovered: () => void
}

/** Asks for the session by whoever is given, until it is known how a redirect ended. */
export type AskSession = (
  ask: (
    request: GuardianRequest & { type: 'get-session' },
    deadlineMs: number,
  ) => Promise<SessionReply>,
) => Promise<SessionReply>

export interface LinkOptions extends WorkerOptions {
  readonly vaultOrigin?: string
}

const links = new Map<string, GuardianLink>()

/** The clients of a page share one way: a second frame would take the worker's port from the first, and its requests with it. */
export function linkOf(options: LinkOptions, listener: LinkListener): GuardianLink {
  const { workerUrl, workerType, scope, vaultOrigin } = options
  const name = JSON.stringify([workerUrl, workerType, scope, vaultOrigin])
  const link = links.get(name) ?? new GuardianLink(options)
  links.set(name, link)
  link.add(listener)
  return link
}

/** How the development panel asks for a client. It is no member of the client, for apps have no use for it. */
export const waysOfClients = new WeakMap<
  object,
  {
    readonly link: Pick<GuardianLink, 'ask' | 'vault'>
    readonly client: { readonly client?: string }
  }
>()

/** The way to the guardian: the worker of this origin, or with a vault the bridge in its frame. */
class GuardianLink {
  readonly #options: WorkerOptions
  readonly #listeners = new Set<LinkListener>()
  #frame: BridgeFrame | undefined
  #scope: string | undefined
  #probePath: string | undefined
  #listening = false

  constructor(options: LinkOptions) {
    this.#options = options
    // The frame loads while the worker is being registered. Nothing is asked of it before the worker said the same.
    const origin = options.vaultOrigin ?? vaultOfBuild()
    if (origin !== undefined && 'serviceWorker' in navigator) {
      this.#frameOf(origin)
      // A worker of before may carry this page's first requests already, and asks for a port.
      this.listen()
    }
  }

  add(listener: LinkListener): void {
    this.#listeners.add(listener)
  }

  get vault(): BridgeFrame | undefined {
    return this.#frame
  }

  /** Scope of the worker: the app's start page. */
  get scope(): string | undefined {
    return this.#scope
  }

  /**
   * Registers the worker, waits until it covers this page and, with a vault, until the bridge answers.
   * @throws AuthError `worker-…`, `page-not-covered`, `vault-unreachable`, `bridge-blocked`
   */
  async open(
    askSession: AskSession,
    onWaiting: (worker: ServiceWorker) => void,
  ): Promise<SessionReply & Pick<Cover, 'isOutdated'>> {
    const early = this.#frame
    const earlyReply = early && askSession((request, deadline) => early.ask(request, deadline))
    earlyReply?.catch(() => undefined)
    const registration = await registerWorker(this.#options, onWaiting)
    this.#scope = registration.scope
    const { reply, isOutdated } = await coverPage(
      registration,
      (worker) => askSession((request, deadline) => askGuardian(worker, request, deadline)),
      this.#probePath,
    )
    this.#probePath = reply.probePath
    if (reply.vaultOrigin === undefined) {
      early?.remove()
      this.#frame = undefined
      return { ...reply, isOutdated }
    }
    const frame = this.#frameOf(reply.vaultOrigin)
    const answered =
      frame === early && earlyReply
        ? earlyReply
        : askSession((request, deadline) => frame.ask(request, deadline))
    return { ...(await answered), isOutdated }
  }

  /** @throws AuthError `page-not-covered`, and those of the guardian */
  async ask<Request extends GuardianRequest>(
    request: Request,
    deadlineMs?: number,
  ): Promise<ReplyTo[Request['type']]> {
    // Links are of this origin, whose worker answers them.
    if (this.#frame && request.type !== 'download-link') return this.#frame.ask(request, deadlineMs)
    const { controller } = navigator.serviceWorker
    if (!controller) throw notCovered()
    return askGuardian(controller, request, deadlineMs)
  }

  /** Hears events from now on. May be called again. */
  listen(): void {
    if (this.#listening || !('serviceWorker' in navigator)) return
    this.#listening = true
    const container = navigator.serviceWorker
    container.addEventListener('message', ({ data, source }) => {
      const event = parseEvent(data)
      if (event?.type === 'stay-awake') keepAwake()
      else if (event?.type === 'need-port') this.#connect(source as ServiceWorker | null)
      else if (event) this.#hear(event)
    })
    container.startMessages()
    // Taken now, before any other script may have replaced it.
    const getRegistration = container.getRegistration.bind(container)
    const watchRegistration = async (): Promise<void> => {
      const { controller } = container
      if (!controller) return
      for (let look = 1; look <= MISSING_LOOKS; look += 1) {
        if (await getRegistration()) return
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
      }
      if (this.#frame) for (const { uncovered } of this.#listeners) uncovered()
      else await askGuardian(controller, { type: 'check-registration' }).catch(() => undefined)
    }
    setInterval(() => void watchRegistration(), WATCH_MS)
    addEventListener('visibilitychange', () => void watchRegistration())
    // Another worker took over, or the page comes back from the back/forward cache: look again.
    container.addEventListener('controllerchange', () => {
      this.#connect(container.controller)
      for (const { lookAgain } of this.#listeners) lookAgain()
    })
    addEventListener('pageshow', ({ persisted }) => {
      if (persisted) for (const { lookAgain } of this.#listeners) lookAgain()
    })
  }

  #hear(event: GuardianEvent): void {
    if (event.type === 'session') {
      // The app's part of the worker may keep things of the user who went, and does not hear of it, or of who came instead. That is
      // said later: a message at the very end of a worker's work makes Chromium's next version wait for most of a minute.
      if (event.session.status === 'signed-in') setTimeout(keepAwake, LATER_MS)
      else keepAwake()
    }
    for (const { hear } of this.#listeners) hear(event)
  }

  #frameOf(origin: string): BridgeFrame {
    if (this.#frame?.origin === origin) return this.#frame
    this.#frame?.remove()
    this.#frame = new BridgeFrame(origin, (event) => {
      // A frame that was loaded anew has lost the port as well.
      if (event.type === 'bridge-ready') this.#connect(navigator.serviceWorker.controller)
      else this.#hear(event)
    })
    return this.#frame
  }

  /** A port that does not arrive is asked for again by the worker. */
  #connect(worker: Askable | null): void {
    if (worker) this.#frame?.connect(worker).catch(() => undefined)
  }
}

function keepAwake(): void {
  navigator.serviceWorker.controller?.postMessage({
    tokenGuardian: CONTRACT_VERSION,
    request: { type: 'keep-awake' },
  })
}

/** The build writes the vault's origin into the page. A page that was changed only misleads itself. */
function vaultOfBuild(): string | undefined {
  const hint = globalThis.document?.querySelector<HTMLMetaElement>(
    'meta[name="token-guardian-vault"]',
  )
  return hint?.content || undefined
}
