import type { AuthErrorCode, AuthErrorPhase } from '../../../src/contract/errors.ts'
import { CONTRACT_VERSION, type GuardianEvent } from '../../../src/contract/messages.ts'
import { parseRequest } from '../../../src/contract/parse-request.ts'
import { toWire } from '../../core/session-book.ts'
import type { DecisionBook } from '../../core/timeline.ts'
import { failure } from '../../protocol/failure.ts'
import { handOverIn, REMOVED_HAND_OVER } from '../hand-over-cookie.ts'
import { TokenBucket } from './token-bucket.ts'
import type { VaultWorker } from './vault-worker.ts'

/** Questions of a page at once, and a second. */
const BURST = 100
const PER_SECOND = 20

/** The bridge's end of the port on which the app's page asks and hears events. */
export class ControlPort {
  readonly #port: MessagePort
  readonly #appOrigin: string
  readonly #worker: VaultWorker
  readonly #decisions: DecisionBook | undefined
  readonly #bucket = new TokenBucket(BURST, PER_SECOND)

  constructor(
    port: MessagePort,
    appOrigin: string,
    worker: VaultWorker,
    decisions: DecisionBook | undefined,
  ) {
    this.#port = port
    this.#appOrigin = appOrigin
    this.#worker = worker
    this.#decisions = decisions
    port.onmessage = ({ data, ports }: MessageEvent<unknown>) => void this.#answer(data, ports[0])
  }

  tell(event: GuardianEvent): void {
    this.#port.postMessage({ tokenGuardian: CONTRACT_VERSION, event })
  }

  /** Exactly one answer for every question. */
  async #answer(data: unknown, port: MessagePort | undefined): Promise<void> {
    try {
      const value = await this.#ask(data)
      port?.postMessage({ tokenGuardian: CONTRACT_VERSION, ok: true, value })
    } catch (error) {
      port?.postMessage({ tokenGuardian: CONTRACT_VERSION, ok: false, error: toWire(error) })
    }
  }

  async #ask(data: unknown): Promise<unknown> {
    if (!this.#bucket.take()) {
      throw refusal('too-many-requests', 'The page asks more than the vault answers; try later')
    }
    const parsed = parseRequest(data)
    if (!parsed.ok) {
      throw parsed.reason === 'other-version'
        ? refusal('contract-mismatch', 'The page and the vault are of different versions')
        : refusal('invalid-request', 'The vault does not understand this message')
    }
    const { request } = parsed
    // Kept here, where the page's requests are. The worker refuses it.
    if (request.type === 'get-timeline' && this.#decisions) {
      return this.#decisions.answer(request.client)
    }
    if (request.type === 'get-session' && request.landed !== undefined) await this.#takeHandOver()
    const question = { type: 'ask', appOrigin: this.#appOrigin, request } as const
    // Each one is a mail.
    if (request.type === 'send-login-link') return this.#worker.askOnce(question)
    const answer = this.#worker.ask(question)
    if (request.type === 'refresh') this.#decisions?.refresh(request.client, answer)
    return answer
  }

  /** Where storage is partitioned the response waits in a cookie. One of another app's sign-in is left alone. */
  async #takeHandOver(): Promise<void> {
    const handOver = handOverIn(document.cookie)
    if (handOver?.appOrigin !== this.#appOrigin) return
    document.cookie = REMOVED_HAND_OVER
    const request = {
      type: 'receive',
      appOrigin: this.#appOrigin,
      handOver,
      way: 'cookie',
    } as const
    // How it ended is asked for in the same breath, so a failure is not lost here.
    await this.#worker.askOnce(request).catch(() => undefined)
  }
}

function refusal(code: AuthErrorCode, message: string, phase: AuthErrorPhase = 'request'): Error {
  return failure(code, phase, { message })
}
