import {
  BRIDGE_PATH,
  CONTRACT_VERSION,
  type EmbedEnvelope,
  type GuardianEvent,
  type GuardianRequest,
  type ReplyTo,
} from '../contract/messages.ts'
import type { AuthError, AuthErrorCode } from '../contract/errors.ts'
import { parseEvent } from '../contract/parse-reply.ts'
import { askGuardian, clientError, type Askable } from './ask-guardian.ts'

/** Milliseconds for the vault's frame to say that it is there. */
const READY_MS = 15_000

/** The vault's frame in this page. It has an origin of its own: this page can post to it, and read nothing of it. */
export class BridgeFrame {
  readonly origin: string
  readonly #element = document.createElement('iframe')
  readonly #tell: (event: GuardianEvent) => void
  #ready: Promise<void> | undefined
  #isReady: () => void = () => undefined
  #hasLoaded = false
  #loads = 0
  #failedLoad = 0
  #isRemoved = false
  #control: MessagePort | undefined
  #sameSite = false

  /** Loads the frame. */
  constructor(origin: string, tell: (event: GuardianEvent) => void) {
    this.origin = origin
    this.#tell = tell
    const frame = this.#element
    frame.hidden = true
    frame.ariaHidden = 'true'
    frame.tabIndex = -1
    frame.title = 'Session'
    frame.referrerPolicy = 'no-referrer'
    // Also when the frame was loaded anew: then the other ends of all ports are gone.
    frame.addEventListener('load', () => this.#embed())
    this.#load()
  }

  /** Whether a sign-in by redirect can reach the frame. */
  get sameSite(): boolean {
    return this.#sameSite
  }

  /** Why a page that waits for this frame has waited too long. */
  get lateness(): AuthError | undefined {
    return this.#hasLoaded ? undefined : notReady('vault-unreachable')
  }

  remove(): void {
    this.#isRemoved = true
    this.#control?.close()
    this.#element.remove()
  }

  /** @throws AuthError `bridge-blocked`, `vault-unreachable` */
  async ready(): Promise<void> {
    // What failed may work now, and a script of the page may have removed what it does not know.
    const wasRemoved = !this.#element.isConnected && !this.#isRemoved
    if (wasRemoved || this.#failedLoad === this.#loads) this.#load()
    const load = this.#loads
    let timer: ReturnType<typeof setTimeout> | undefined
    let blocked: (violation: SecurityPolicyViolationEvent) => void = () => undefined
    const failure = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => void this.#whyNot().then((code) => reject(notReady(code))), READY_MS)
      blocked = ({ blockedURI, effectiveDirective }) => {
        // Not `connect-src`, which need not name the vault: that is the question below why there is no frame.
        if (effectiveDirective !== 'frame-src' || !URL.canParse(blockedURI)) return
        if (new URL(blockedURI).origin === this.origin) reject(notReady('bridge-blocked'))
      }
      document.addEventListener('securitypolicyviolation', blocked)
    })
    try {
      await Promise.race([this.#ready, failure])
    } catch (error) {
      this.#failedLoad = load
      throw error
    } finally {
      clearTimeout(timer)
      document.removeEventListener('securitypolicyviolation', blocked)
    }
  }

  async ask<Request extends GuardianRequest>(
    request: Request,
    deadlineMs?: number,
  ): Promise<ReplyTo[Request['type']]> {
    await this.ready()
    if (!this.#control) throw notReady('vault-unreachable')
    return askGuardian(this.#control, request, deadlineMs)
  }

  /** Gives a worker of this origin a port to the bridge. */
  async connect(worker: Askable): Promise<void> {
    await this.ready()
    const { port1, port2 } = new MessageChannel()
    this.#post('worker', port1)
    await askGuardian(worker, { type: 'connect' }, undefined, [port2])
  }

  #load(): void {
    this.#loads += 1
    this.#hasLoaded = false
    this.#ready = new Promise((resolve) => {
      this.#isReady = resolve
    })
    this.#element.src = this.origin + BRIDGE_PATH
    if (!this.#element.isConnected) document.documentElement.append(this.#element)
  }

  #embed(): void {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data }) => {
      const event = parseEvent(data)
      if (event === undefined) return
      if (event.type === 'bridge-ready') {
        this.#control?.close()
        this.#control = port1
        this.#sameSite = event.sameSite
        this.#hasLoaded = true
        this.#isReady()
      }
      this.#tell(event)
    }
    this.#post('control', port2)
  }

  #post(embed: EmbedEnvelope['embed'], port: MessagePort): void {
    const envelope: EmbedEnvelope = { tokenGuardian: CONTRACT_VERSION, embed }
    this.#element.contentWindow?.postMessage(envelope, this.origin, [port])
  }

  /** A vault that can be fetched and does not work in a frame was blocked there. */
  async #whyNot(): Promise<AuthErrorCode> {
    try {
      const signal = AbortSignal.timeout(3000)
      await fetch(this.origin + BRIDGE_PATH, { mode: 'no-cors', cache: 'no-store', signal })
      return 'bridge-blocked'
    } catch {
      return 'vault-unreachable'
    }
  }
}

function notReady(code: AuthErrorCode): AuthError {
  return clientError(
    code,
    code === 'bridge-blocked'
      ? 'The vault’s frame was blocked: check frame-src here, appOrigins there, and content blockers'
      : 'The vault’s frame did not load: check that the vault is up and may be framed by this page',
    true,
  )
}
