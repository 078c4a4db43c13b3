import { AuthError, type AuthErrorCode } from '../contract/errors.ts'
import { CONTRACT_VERSION, type GuardianRequest, type ReplyTo } from '../contract/messages.ts'
import { parseReply } from '../contract/parse-reply.ts'

/** Milliseconds until a worker that does not answer is given up: longer than its own deadlines for servers and storage. */
const DEADLINE_MS = 30_000

/** Whoever can be asked: the app's worker, or the vault's bridge at the other end of a port. */
export interface Askable {
  postMessage(message: unknown, transfer: Transferable[]): void
}

/**
 * Asks the guardian and waits for its one answer.
 * @param enclosed goes along with the request
 * @throws AuthError the guardian's, or `worker-unresponsive` after the deadline
 */
export function askGuardian<Request extends GuardianRequest>(
  guardian: Askable,
  request: Request,
  deadlineMs = DEADLINE_MS,
  enclosed: Transferable[] = [],
): Promise<ReplyTo[Request['type']]> {
  const { port1, port2 } = new MessageChannel()
  return new Promise<ReplyTo[Request['type']]>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(clientError('worker-unresponsive', 'The worker did not answer in time', true)),
      deadlineMs,
    )
    port1.onmessage = ({ data }) => {
      clearTimeout(timer)
      const reply = parseReply(data)
      if (reply?.ok) resolve(reply.value as ReplyTo[Request['type']])
      else if (reply) reject(new AuthError(reply.error))
      else reject(clientError('contract-mismatch', 'The worker is of another version; reload'))
    }
    guardian.postMessage({ tokenGuardian: CONTRACT_VERSION, request }, [port2, ...enclosed])
  }).finally(() => port1.close())
}

/** An error that arose on this side. */
export function clientError(code: AuthErrorCode, message: string, retryable = false): AuthError {
  return new AuthError({
    code,
    phase: 'registration',
    message,
    retryable,
    correlationId: crypto.randomUUID(),
  })
}
