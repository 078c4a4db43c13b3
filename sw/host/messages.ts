import { CONTRACT_VERSION, type GuardianEvent } from '../../src/contract/messages.ts'
import { parseRequest } from '../../src/contract/parse-request.ts'
import { answerRequest, type Host } from '../core/answer-request.ts'
import type { GuardianCore } from '../core/guardian-core.ts'
import { toWire } from '../core/session-book.ts'
import { failure } from '../protocol/failure.ts'

/**
 * Answers a message on the port that came with it: exactly one answer, whatever it is. A message that is not of this
 * contract is left alone, for the app's worker may have messages of its own.
 */
export async function answerMessage(
  core: GuardianCore,
  event: ExtendableMessageEvent,
  host: Host,
): Promise<void> {
  const parsed = parseRequest(event.data)
  const [port] = event.ports
  try {
    if (!parsed.ok) {
      if (parsed.reason === 'not-ours') return
      throw refusal(parsed.reason)
    }
    reply(port, await answerRequest(core, parsed.request, host))
  } catch (error) {
    reply(port, error)
  }
}

/** The one form of an answer: a value, or an error reduced to what may leave the worker. */
export function reply(port: MessagePort | undefined, outcome: unknown): void {
  port?.postMessage(
    outcome instanceof Error
      ? { tokenGuardian: CONTRACT_VERSION, ok: false, error: toWire(outcome) }
      : { tokenGuardian: CONTRACT_VERSION, ok: true, value: outcome },
  )
}

export function refusal(reason: 'other-version' | 'malformed'): Error {
  return reason === 'other-version'
    ? failure('contract-mismatch', 'request', {
        message: 'The page and the worker are of different versions; reload the page',
      })
    : failure('invalid-request', 'request', {
        message: 'The guardian does not understand this message; nothing was done',
      })
}

/** Id of the page that an event comes from, or whose request it is; empty for other events. */
export function pageOf(event: ExtendableEvent | ExtendableMessageEvent | undefined): string {
  if (event && 'clientId' in event) return String(event.clientId)
  const source = event && 'source' in event ? event.source : null
  return source instanceof WindowClient ? source.id : ''
}

/** Tells of a failure that nobody is waiting for. @param page id of the one that it concerns */
export async function tellError(clients: Clients, error: Error, page?: string): Promise<void> {
  await tellPages(clients, { type: 'error', error: toWire(error) }, page)
}

/**
 * Tells every page of the origin, also those that are not controlled yet.
 * @param only id of the one page that it concerns. A worker has nobody who listens, so for one every page is told
 */
export async function tellPages(
  clients: Clients,
  event: GuardianEvent,
  only = '',
): Promise<number> {
  const all = await clients.matchAll({ type: 'window', includeUncontrolled: true })
  const one = all.filter(({ id }) => id === only)
  const pages = one.length > 0 ? one : all
  for (const page of pages) page.postMessage({ tokenGuardian: CONTRACT_VERSION, event })
  return pages.length
}
