import type {
  GuardianRequest,
  LandingPlace,
  ReplyTo,
  SessionReply,
} from '../../src/contract/messages.ts'
import { failure } from '../protocol/failure.ts'
import type { GuardianCore } from './guardian-core.ts'

/** What answering needs of the place where the guardian is installed. */
export interface Host {
  readonly waitUntil: (work: Promise<unknown>) => void
  /** Takes control of the pages that have no controller. */
  readonly claim: () => Promise<void>
  /** Vault: the app whose page asks, as the bridge knows it. */
  readonly appOrigin?: string
  /** Id of the page that asks, where there are several. */
  readonly page?: string | undefined
  /** Whether the worker is still registered. */
  readonly isRegistered: () => Promise<boolean>
  /** Absent in a vault: links are of the app's origin. */
  readonly downloadLink?: (request: DownloadLinkRequest) => Promise<ReplyTo['download-link']>
}

export type DownloadLinkRequest = Extract<GuardianRequest, { type: 'download-link' }>

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
      return answerGetSession(core, client, request.landed, host)
    case 'begin-login': {
      const { parameters, display } = request
      const { appOrigin } = host
      return { url: await core.signIn.begin(client, parameters, { display, appOrigin }) }
    }
    case 'send-login-link':
      await core.loginLink.send(client, request.parameters, host.appOrigin)
      return { sent: true }
    case 'begin-logout':
      return {
        url: await core.signOut.begin(
          client,
          { ...request, appOrigin: host.appOrigin },
          host.waitUntil,
        ),
      }
    case 'refresh': {
      servers.client(client)
      const stored = await surroundings.tokens.read(client)
      if (stored === undefined) {
        throw failure('not-signed-in', 'refresh', { message: 'There is no session to refresh' })
      }
      await core.refresher.refreshNow(client, stored)
      return { session: await sessions.session(client) }
    }
    case 'describe-client': {
      const { issuer, clientId, scope, audience } = servers.client(client)
      return { issuer, clientId, scope, ...(audience !== undefined && { audience }) }
    }
    case 'download-link':
      if (host.downloadLink) return host.downloadLink(request)
      throw elsewhere('Only the app’s own worker makes links for downloads')
    case 'connect':
      throw elsewhere('Only the worker of an app with a vault takes a port')
    case 'get-timeline':
      if (surroundings.decisions) return surroundings.decisions.answer(client, host.page)
      throw elsewhere('No timeline is kept here: `developmentPanel` is off')
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
  { sessions, servers, surroundings, refresher, completion, userInfo }: GuardianCore,
  client: string,
  landed: LandingPlace | undefined,
  { waitUntil }: Host,
): Promise<SessionReply> {
  servers.client(client)
  const { ledger, tokens, wire, config } = surroundings
  const stored = await tokens.read(client)
  const session = await sessions.describe(stored, client)
  if (stored && session.status === 'signed-in' && session.stale) {
    waitUntil(refresher.refreshInBackground(client, stored))
  }
  // Asked for by a life of this worker that ended before the answer.
  if (stored?.tokens.userInfoDue !== undefined) waitUntil(userInfo.add(client))
  const reply = { session, client, probePath: config.loginPath }
  if (landed === undefined) return reply
  if (completion.isCompleting) return { ...reply, landing: { pending: true } }
  const landing = await ledger
    .takeLanding(wire.now(), landed === 'in-popup' ? client : undefined)
    .catch(() => ({}))
  if (landing) return { ...reply, landing }
  // A popup that the user closed leaves nothing, and that is no failure of the deployment.
  if (landed === 'in-popup') return { ...reply, landing: { missing: true } }
  const error = surroundings.handOver ? notHandedOver() : notCovered()
  return { ...reply, landing: { error: sessions.reportError(error, client) } }
}

function notCovered(): Error {
  return failure('callback-not-covered', 'authorization', {
    message:
      'A redirect came back while no worker covered it; nothing was read from it. Sign in again',
  })
}

/** A vault's callback is always covered, by its recovery page at the latest. */
function notHandedOver(): Error {
  return failure('hand-over-failed', 'authorization', {
    message:
      'A redirect came back and brought nothing to the app’s frame. Sign in again, or use loginWithPopup()',
  })
}

function elsewhere(message: string): Error {
  return failure('invalid-request', 'request', { message })
}

function assertNever(request: never): never {
  throw new TypeError(`No answer for ${JSON.stringify(request)}`)
}
