import type { GuardianRequest, ReplyTo } from '../../src/contract/messages.ts'
import { failure } from '../protocol/failure.ts'
import type { GuardianCore } from './guardian-core.ts'

/** What answering needs of the place where the guardian is installed. */
export interface Host {
  readonly waitUntil: (work: Promise<unknown>) => void
  /** Takes control of the pages that have no controller. */
  readonly claim: () => Promise<void>
  /** Whether the worker is still registered. */
  readonly isRegistered: () => Promise<boolean>
}

/** Answers one message of a page. Replies are built field by field: no token response is ever passed on. */
export async function answerRequest(
  core: GuardianCore,
  request: GuardianRequest,
  host: Host,
): Promise<ReplyTo[keyof ReplyTo]> {
  const { sessions, servers, surroundings } = core
  const client =
    'client' in request ? (request.client ?? servers.defaultClient()) : servers.defaultClient()
  if (sessions.isTampered && (await host.isRegistered())) sessions.resume()
  switch (request.type) {
    case 'get-session':
      return answerGetSession(core, client, request.landed === true, host)
    case 'begin-login':
      return { url: await core.signIn.begin(client, request.parameters) }
    case 'begin-logout':
      return { url: await core.signOut.begin(client, request, host.waitUntil) }
    case 'refresh': {
      servers.client(client)
      const stored = await surroundings.tokens.read(client)
      if (stored === undefined) {
        throw failure('not-signed-in', 'refresh', { message: 'There is no session to refresh' })
      }
      await core.refresher.refresh(client, stored)
      return { session: await sessions.session(client) }
    }
    case 'claim':
      await host.claim()
      return { claimed: true }
    case 'keep-awake':
      return { awake: true }
    case 'check-registration': {
      const registered = await host.isRegistered()
      if (!registered) await core.signOut.abandon()
      return { registered }
    }
    default:
      return assertNever(request)
  }
}

async function answerGetSession(
  { sessions, servers, surroundings, refresher, signIn }: GuardianCore,
  client: string,
  landed: boolean,
  { waitUntil }: Host,
): Promise<ReplyTo['get-session']> {
  servers.client(client)
  const { ledger, tokens, wire, config } = surroundings
  const stored = await tokens.read(client)
  const session = await sessions.describe(stored, client)
  if (stored && session.status === 'signed-in' && session.stale) {
    waitUntil(refresher.refreshInBackground(client, stored))
  }
  const reply = { session, client, probePath: config.loginPath }
  if (!landed) return reply
  if (signIn.isCompleting) return { ...reply, landing: { pending: true } }
  const landing = await ledger.takeLanding(wire.now()).catch(() => ({}))
  if (landing) return { ...reply, landing }
  const error = failure('callback-not-covered', 'authorization', {
    message:
      'A redirect came back while no worker covered it; nothing was read from it. Sign in again',
  })
  return { ...reply, landing: { error: sessions.reportError(error, client) } }
}

function assertNever(request: never): never {
  throw new TypeError(`No answer for ${JSON.stringify(request)}`)
}
