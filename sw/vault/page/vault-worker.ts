import { AuthError } from '../../../src/contract/errors.ts'
import { parseReply } from '../../../src/contract/parse-reply.ts'
import { failure } from '../../protocol/failure.ts'
import type { VaultEnvelope, VaultRequest } from '../vault-messages.ts'
import { registerVaultWorker } from './register-vault-worker.ts'

/** Milliseconds until a question is asked again. A worker that was ended in the meantime starts for it. */
const ASK_AGAIN_MS = 1500
/** Milliseconds until an answer is not waited for any more: more than a worker may need for servers and storage. */
const DEADLINE_MS = 25_000

/** The vault's worker as the vault's pages see it. */
export class VaultWorker {
  #registration: Promise<ServiceWorkerRegistration> | undefined

  /**
   * Asks, and asks again while no answer comes: a worker may be ended between any two lines, and then nobody answers. Asking
   * twice does no harm: refreshes are joined, and what is begun twice is finished once.
   * @throws AuthError the guardian's, or `worker-unresponsive`
   */
  ask(request: VaultRequest): Promise<unknown> {
    return this.#ask(request, ASK_AGAIN_MS)
  }

  /** The same for what must not be repeated. */
  askOnce(request: VaultRequest): Promise<unknown> {
    return this.#ask(request, DEADLINE_MS)
  }

  async #ask(request: VaultRequest, againMs: number): Promise<unknown> {
    const end = performance.now() + DEADLINE_MS
    const ports: MessagePort[] = []
    let answered = false
    try {
      const answer = new Promise<unknown>((resolve, reject) => {
        const hear = ({ data }: MessageEvent<unknown>): void => {
          answered = true
          const reply = parseReply(data)
          if (reply?.ok) resolve(reply.value)
          else reject(reply ? new AuthError(reply.error) : unresponsive())
        }
        const post = async (): Promise<void> => {
          const { port1, port2 } = new MessageChannel()
          ports.push(port1)
          port1.onmessage = hear
          const envelope: VaultEnvelope = { tokenGuardianVault: request }
          const worker = await this.#active()
          worker?.postMessage(envelope, [port2])
        }
        const postUntilAnswered = async (): Promise<void> => {
          for (let wait = againMs; !answered && performance.now() < end; wait *= 2) {
            await post().catch(() => undefined)
            await new Promise((done) => setTimeout(done, Math.min(wait, end - performance.now())))
          }
          reject(unresponsive())
        }
        void postUntilAnswered()
      })
      return await answer
    } finally {
      for (const port of ports) port.close()
    }
  }

  /** Starts and registers it, before anybody asks. Failing is no harm: each question tries again. */
  async start(): Promise<void> {
    const envelope: VaultEnvelope = { tokenGuardianVault: { type: 'start' } }
    navigator.serviceWorker.controller?.postMessage(envelope)
    await this.#registered().catch(() => undefined)
  }

  async #active(): Promise<ServiceWorker | null> {
    const known = this.#registered()
    const { active } = await known
    if (active) return active
    // A browser that deletes what a site has removes its worker too, also while pages of it are open.
    if (this.#registration === known) this.#registration = undefined
    return (await this.#registered()).active
  }

  #registered(): Promise<ServiceWorkerRegistration> {
    this.#registration ??= registerVaultWorker().catch((error: unknown) => {
      this.#registration = undefined
      throw error
    })
    return this.#registration
  }
}

function unresponsive(): AuthError {
  return failure('worker-unresponsive', 'request', {
    message: 'The vault’s worker did not answer in time',
  })
}
