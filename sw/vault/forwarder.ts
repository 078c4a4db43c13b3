import type {
  Destination,
  GuardianConfig,
  ParsedConfig,
  ParsedResource,
} from '../../src/contract/config.ts'
import { CONTRACT_VERSION, type GuardianEvent } from '../../src/contract/messages.ts'
import { parseConfig } from '../../src/contract/parse-config.ts'
import { parseRequest } from '../../src/contract/parse-request.ts'
import { destinationOf } from '../core/destinations.ts'
import { pathOfLinks } from '../core/download-entry.ts'
import { resourceFor } from '../core/match-resource.ts'
import type { MeantFor, PresentUser } from '../core/present-users.ts'
import { apiAccess, type ApiAccess } from '../host/api-access.ts'
import { answerDownloads, Downloads } from '../host/downloads.ts'
import { installOnlyFirstInLine } from '../host/first-in-line.ts'
import { giveWay } from '../host/give-way.ts'
import { refuseOtherScope } from '../host/install-guardian.ts'
import { pageOf, reply, refusal, tellError, tellPages } from '../host/messages.ts'
import { answerProbe, isProbe } from '../host/own-paths.ts'
import { registerResources, type ResourceRoute } from '../host/routes.ts'
import { serviceWorkerScope } from '../host/service-worker-scope.ts'
import { addStaticRoutes, type LeaveToNetwork } from '../host/static-routes.ts'
import { failure } from '../protocol/failure.ts'
import type { Answer, Connection, Message } from './connection.ts'
import { ConnectionBook } from './connection-book.ts'
import { pageHeaders } from './page-headers.ts'
import { RedirectedResponses } from './redirected-responses.ts'
import { SMALL_BODY_BYTES, USER_URL } from './wire.ts'

export interface ForwarderOptions {
  /** As for `installGuardian`. */
  readonly leaveToNetwork?: LeaveToNetwork
}

/** Goes through the vault, which needs an open page of the app: without one it rejects at once. */
export type Forwarder = ApiAccess

/** How often one request is given to a bridge; more than one only when it was surely not sent, or may be repeated. */
const MOST_ATTEMPTS = 4
/** Milliseconds for the bridge of a page to come, and then to say who is signed in. */
const USER_PATIENCE_MS = 5000
const QUESTION = {
  method: 'GET',
  headers: [],
  redirect: 'error',
  cache: 'default',
  keepalive: false,
} as const
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']

/**
 * The app's part of the vault topology: carries requests for configured resources to the vault's bridge and the answers back.
 * Holds no token and no key, ever. Call it first and synchronously, as `installGuardian`.
 * @param scope the worker's global scope, `self`
 * @param config the same configuration as the vault's
 * @throws TypeError that lists every mistake in the configuration
 */
export function installForwarder(
  scope: WorkerGlobalScope,
  config: GuardianConfig,
  { leaveToNetwork = 'cross-origin' }: ForwarderOptions = {},
): Forwarder {
  const self = serviceWorkerScope(scope)
  const parsed = parseConfig(config)
  const { vault, resources, loginPath } = parsed
  if (vault === undefined) {
    throw new TypeError(
      `installForwarder is for topology 'vault'; with 'same-origin' call installGuardian`,
    )
  }
  if (!vault.appOrigins.includes(self.location.origin)) {
    throw new TypeError(
      `The forwarder runs on ${self.location.origin}; list that in config.appOrigins`,
    )
  }
  const { origin } = self.location
  const calls = new ForwardedCalls(self, resources)
  installOnlyFirstInLine(self, loginPath, pathOfLinks(parsed))
  self.addEventListener('fetch', (event) => {
    if (!isProbe(event.request, origin, loginPath)) return
    event.stopImmediatePropagation()
    event.respondWith(answerProbe())
  })
  const downloads = new Downloads(self, parsed, ({ request, page }) =>
    calls.fetch(request, { clientId: page, destination: 'download' }),
  )
  answerDownloads(self, downloads)
  const routes: ResourceRoute[] = []
  registerResources(resources, {
    answer: ({ request, event }) => calls.answer(request, pageOf(event)),
    routes,
    report: (error, event) => void tellError(self.clients, error, pageOf(event)),
  })
  self.addEventListener('install', (event) => {
    event.waitUntil(refuseOtherScope(self, parsed.scope ?? './'))
    addStaticRoutes(event, parsed, origin, leaveToNetwork)
  })
  self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
  giveWay(self, () => calls.connections.endBodies())
  self.addEventListener('message', (event) => {
    event.waitUntil(answerPage(self, { calls, downloads, parsed }, event))
  })
  return apiAccess({
    resources,
    routes,
    answer: (request, _resource, { user, event }) =>
      calls.fetch(request, { clientId: pageOf(event), user }),
    userOf: (client, event) => calls.user(client, pageOf(event)),
  })
}

interface Answering {
  readonly calls: ForwardedCalls
  readonly downloads: Downloads
  readonly parsed: ParsedConfig
}

/** Pages ask the app's worker for little: whether it is there, and they bring ports. Everything else is for the bridge. */
async function answerPage(
  self: ServiceWorkerGlobalScope,
  { calls, downloads, parsed: { clients, vault, loginPath } }: Answering,
  event: ExtendableMessageEvent,
): Promise<void> {
  const parsed = parseRequest(event.data)
  const [port, bridgePort] = event.ports
  if (!parsed.ok) {
    if (parsed.reason !== 'not-ours') reply(port, refusal(parsed.reason))
    return
  }
  switch (parsed.request.type) {
    case 'get-session':
      return reply(port, {
        session: { status: 'unprotected', code: 'vault-unreachable' },
        client: clients[0]?.name ?? 'default',
        probePath: loginPath,
        ...(vault && { vaultOrigin: vault.origin }),
      })
    case 'keep-awake':
      return reply(port, { awake: true })
    case 'download-link':
      return reply(
        port,
        await downloads.link(parsed.request, pageOf(event)).catch((error: unknown) => error),
      )
    case 'claim':
      await self.clients.claim()
      return reply(port, { claimed: true })
    case 'connect':
      if (!(event.source instanceof WindowClient) || !bridgePort) {
        return reply(port, refusal('malformed'))
      }
      calls.connections.add(event.source.id, bridgePort)
      return reply(port, { connected: true })
    default:
      return reply(port, refusal('malformed'))
  }
}

/** What is carried along with a request. */
interface Circumstances {
  /** Of the page that asks, or empty. */
  readonly clientId: string
  readonly destination?: Destination | undefined
  readonly user?: MeantFor | undefined
}

/** Carries requests over. */
class ForwardedCalls {
  readonly connections: ConnectionBook
  readonly #redirected: RedirectedResponses
  readonly #resources: readonly ParsedResource[]
  readonly #self: ServiceWorkerGlobalScope

  constructor(self: ServiceWorkerGlobalScope, resources: readonly ParsedResource[]) {
    this.#self = self
    this.#resources = resources
    this.#redirected = new RedirectedResponses(self.location.origin)
    const windows = (): Promise<readonly WindowClient[]> =>
      self.clients.matchAll({ type: 'window', includeUncontrolled: true })
    this.connections = new ConnectionBook({
      list: async () => (await windows()).map(({ id }) => id),
      isOpen: async (id) => (await self.clients.get(id)) !== undefined,
      askForPort: async (id) => {
        const event: GuardianEvent = { type: 'need-port' }
        const page = await self.clients.get(id)
        page?.postMessage({ tokenGuardian: CONTRACT_VERSION, event })
      },
      stayAwake: () => tellPages(self.clients, { type: 'stay-awake' }),
    })
  }

  /** Never rejects: what cannot be carried is a network error to the page, and an event says why. */
  async answer(request: Request, clientId: string): Promise<Response> {
    const arrived = this.#redirected.take(request)
    if (arrived) return arrived
    const destination = destinationOf(request)
    const { response, finalUrl } = await this.#carry(request, { clientId, destination })
    // Where the browser would not come back to this worker, the URL stays the first one.
    const comesBack =
      finalUrl !== undefined &&
      destination !== undefined &&
      resourceFor(destination, { url: finalUrl, method: 'GET' }, this.#resources)
    return comesBack ? this.#redirected.show(request, response, finalUrl) : response
  }

  /** For code of the worker: no browser comes back for an answer that came after redirects. Never rejects. */
  async fetch(request: Request, circumstances: Circumstances): Promise<Response> {
    const arrived = this.#redirected.take(request)
    return arrived ?? (await this.#carry(request, circumstances)).response
  }

  async user(client: string, clientId: string): Promise<PresentUser> {
    const connection =
      this.connections.open(clientId) ?? (await this.connections.find(clientId, USER_PATIENCE_MS))
    const question = { ...QUESTION, url: USER_URL + client }
    const outcome = await connection?.send(question, AbortSignal.timeout(USER_PATIENCE_MS))
    if (typeof outcome !== 'object') return 'unknown'
    const { response } = outcome
    if (response.status === 200) return { key: await response.text() }
    return response.status === 204 ? 'nobody' : 'unknown'
  }

  async #carry(request: Request, { clientId, destination, user }: Circumstances): Promise<Answer> {
    const { method, signal } = request
    let message: Message
    try {
      const described = describe(request)
      // Nothing is awaited on the way of a plain GET: what is not yet sent is what a killed worker loses.
      message = 'then' in described ? await described : described
      if (user !== undefined) message = { ...message, user }
      if (destination !== undefined) message = { ...message, destination }
    } catch {
      // The page took back its body: an abort, or a stream of its own that failed.
      return { response: Response.error() }
    }
    let wasLost = false
    for (let attempt = 0; attempt < MOST_ATTEMPTS && !signal.aborted; attempt += 1) {
      const connection: Connection | undefined =
        this.connections.open(clientId) ?? (await this.connections.find(clientId))
      if (connection === undefined) break
      this.connections.watch()
      const outcome = await connection.send(message, signal)
      if (typeof outcome === 'object') return outcome
      if (outcome === 'not-begun') continue
      if (wasLost || !IDEMPOTENT.includes(method)) break
      wasLost = true
    }
    if (!signal.aborted) await this.#report(clientId)
    return { response: Response.error() }
  }

  /** Tells the page that waits, and nobody when it was closed. */
  async #report(clientId: string): Promise<void> {
    const { clients } = this.#self
    if (clientId !== '' && !(await clients.get(clientId))) return
    const error = failure('bridge-lost', 'api', {
      message: 'A request could not be carried to the vault, or its frame went away; it failed',
    })
    await tellError(clients, error, clientId)
  }
}

/** What the bridge needs to know of a request. A promise only when there is a body to read. */
function describe(request: Request): Message | Promise<Message> {
  const { url, method, redirect, cache, keepalive } = request
  const headers = pageHeaders(request)
  const message: Message = { url, method, headers, redirect, cache, keepalive }
  if (method === 'GET' || method === 'HEAD') return message
  return readBody(request).then((body) => (body === undefined ? message : { ...message, body }))
}

async function readBody(request: Request): Promise<ArrayBuffer | Blob | undefined> {
  if (request.body === null) return undefined
  const body = await request.blob()
  // Firefox has no `body` on requests: there the size tells.
  if (body.size === 0) return undefined
  return body.size > SMALL_BODY_BYTES ? body : body.arrayBuffer()
}
