import { parseConfig } from '../../src/contract/parse-config.ts'
import type { GuardianConfig } from '../../src/contract/config.ts'
import { createGuardianCore, type GuardianCore } from '../core/guardian-core.ts'
import { pathOfLinks } from '../core/download-entry.ts'
import { PresentUsers } from '../core/present-users.ts'
import { createWatchedCore } from '../core/watched-core.ts'
import { Database } from '../storage/database.ts'
import { MemoryTokenStore } from '../storage/memory-token-store.ts'
import { UserKeys } from '../storage/user-keys.ts'
import { apiAccess, type ApiAccess } from './api-access.ts'
import { answerApiCall } from './api-calls.ts'
import { AwakeForResponses } from './awake-for-responses.ts'
import { installOnlyFirstInLine } from './first-in-line.ts'
import { giveWay, isComing } from './give-way.ts'
import { handOnSessions } from './hand-on.ts'
import { answerDownloads, Downloads } from './downloads.ts'
import { answerMessage, pageOf, tellError, tellPages } from './messages.ts'
import { OpenResponses } from './open-responses.ts'
import { isRegistered } from './registration-check.ts'
import {
  answerOwnPaths,
  disableNavigationPreload,
  registerResources,
  type ResourceRoute,
} from './routes.ts'
import { serviceWorkerScope } from './service-worker-scope.ts'
import { addStaticRoutes, type LeaveToNetwork } from './static-routes.ts'
import { StayAwake } from './stay-awake.ts'
import { surroundingsOf } from './surroundings.ts'

export interface InstallOptions {
  /**
   * What the browser may send to the network without asking the worker, where it has the Static Routing API.
   * Default `cross-origin`: everything that is neither a resource nor of this origin. Say `nothing` if the worker has
   * routes of its own for other origins (fonts, images), `everything` if it has no other routes at all.
   */
  readonly leaveToNetwork?: LeaveToNetwork
}

/** Works without a page too, in a worker that was just started for an event, if tokens are kept in `shared-indexeddb`. */
export type Guardian = ApiAccess

/**
 * Installs the guardian in this service worker. Call it first and synchronously; it answers only what is its own, so that
 * Workbox routes registered after it keep working.
 * @param scope the worker's global scope, `self`
 * @param config baked into the script at build time; no message and no URL can change it
 * @throws TypeError that lists every mistake in the configuration
 */
export function installGuardian(
  scope: WorkerGlobalScope,
  config: GuardianConfig,
  { leaveToNetwork = 'cross-origin' }: InstallOptions = {},
): Guardian {
  const self = serviceWorkerScope(scope)
  const parsed = parseConfig(config)
  if (parsed.vault) {
    throw new TypeError(
      `With topology 'vault' the app's worker calls installForwarder; the build makes the vault's own worker`,
    )
  }
  const surroundings = surroundingsOf(self, parsed)
  const core = parsed.developmentPanel
    ? createWatchedCore(surroundings, () => Date.now())
    : createGuardianCore(surroundings)
  const { origin } = core.surroundings
  const stayAwake = stayAwakeFor(self, core)

  installOnlyFirstInLine(self, parsed.loginPath, [
    parsed.loginPath,
    parsed.logoutPath,
    ...parsed.clients.map(({ redirectPath }) => redirectPath),
    ...pathOfLinks(parsed),
  ])
  answerOwnPaths(self, core)
  const responses = new OpenResponses()
  const awake = new AwakeForResponses(() => tellPages(self.clients, { type: 'stay-awake' }))
  const send = async (request: Request): Promise<Response> => {
    const response = await responses.fetch(request)
    awake.stay(request, response)
    return response
  }
  const downloads = new Downloads(self, parsed, ({ request, event }) =>
    answerApiCall(core, request, event, { send, destination: 'download' }),
  )
  answerDownloads(self, downloads)
  const routes: ResourceRoute[] = []
  registerResources(parsed.resources, {
    answer: ({ request, event }) => answerApiCall(core, request, event, { send }),
    routes,
    report: (error, event) => void tellError(self.clients, error, pageOf(event)),
  })
  const { tokens } = core.surroundings
  const handOn = tokens instanceof MemoryTokenStore ? handOnSessions(self, tokens) : undefined
  giveWay(
    self,
    () => responses.end(),
    (next) => {
      handOn?.(next)
      stayAwake.restWhile(() => isComing(next))
    },
  )
  self.addEventListener('install', (event) => {
    event.waitUntil(refuseOtherScope(self, parsed.scope ?? './'))
    addStaticRoutes(event, parsed, origin, leaveToNetwork)
  })
  startOnActivation(self, core)
  self.addEventListener('message', (event) => {
    const waitUntil = (work: Promise<unknown>): void => event.waitUntil(work)
    waitUntil(
      answerMessage(core, event, {
        waitUntil,
        claim: () => self.clients.claim(),
        page: event.source instanceof WindowClient ? event.source.id : undefined,
        isRegistered: () => isRegistered(self),
        downloadLink: (request) => downloads.link(request, pageOf(event)),
      }).then(() => stayAwake.extend()),
    )
  })
  const users = presentUsers(core)
  return apiAccess({
    resources: parsed.resources,
    routes,
    userOf: (client) => users.of(client),
    answer: (request, { client }, { user, event = new ExtendableEvent('sync') }) =>
      answerApiCall(core, request, event, {
        // What goes to a page is ended when another version comes.
        ...('clientId' in event && { send }),
        ...(user !== undefined && { isMeant: (session) => users.isMeant(user, client, session) }),
      }),
  })
}

function presentUsers({ surroundings }: GuardianCore): PresentUsers {
  const { config, tokens, ledger } = surroundings
  const keys = new UserKeys(new Database())
  return new PresentUsers({
    config,
    tokens,
    nameOf: (parts) => keys.of(parts),
    isSignedOut: async (client) => (await ledger.readMark(client)) === undefined,
  })
}

/** What a guardian does when it becomes the active one, on whatever origin. */
export function startOnActivation(self: ServiceWorkerGlobalScope, core: GuardianCore): void {
  const { ledger, wire } = core.surroundings
  self.addEventListener('activate', (event) => {
    event.waitUntil(self.clients.claim())
    event.waitUntil(disableNavigationPreload(self))
    event.waitUntil(ledger.removeExpired(wire.now()).catch(() => undefined))
  })
}

/**
 * Page script can register this very script for a narrower scope, and that worker would get the callbacks, or for a wider
 * one. Such a worker does not install.
 */
export async function refuseOtherScope(
  { location, registration }: ServiceWorkerGlobalScope,
  scope: string,
): Promise<void> {
  const expected = new URL(scope, location.href).href
  if (registration.scope === expected) return
  throw new TypeError(
    `The guardian is configured for the scope ${expected} and does not install in ${registration.scope}`,
  )
}

/** Keeps the worker awake for what is in its memory only. To look is also to try again to write it. */
export function stayAwakeFor(
  self: ServiceWorkerGlobalScope,
  { surroundings }: GuardianCore,
): StayAwake {
  const { config, tokens } = surroundings
  return new StayAwake(
    () => tellPages(self.clients, { type: 'stay-awake' }),
    async () => {
      if (!tokens.isInMemory) return false
      const sessions = await Promise.all(config.clients.map(({ name }) => tokens.read(name)))
      // With tokens on disk the end of a session is worth it too.
      return (config.storage !== 'memory' && tokens.isInMemory) || sessions.some(Boolean)
    },
  )
}
