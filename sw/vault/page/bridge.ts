import type { GuardianConfig, ParsedResource } from '../../../src/contract/config.ts'
import {
  isVersion,
  type EmbedEnvelope,
  type GuardianEvent,
} from '../../../src/contract/messages.ts'
import { parseConfig } from '../../../src/contract/parse-config.ts'
import { parseEvent } from '../../../src/contract/parse-reply.ts'
import { epochSeconds } from '../../../src/contract/units.ts'
import { ApiRequests, type Refreshing, type Sessions } from '../../core/api-requests.ts'
import { PresentUsers } from '../../core/present-users.ts'
import { toWire } from '../../core/session-book.ts'
import { DecisionBook } from '../../core/timeline.ts'
import { failure } from '../../protocol/failure.ts'
import { Database } from '../../storage/database.ts'
import { IdbSessionRows } from '../../storage/idb-session-rows.ts'
import { UserKeys } from '../../storage/user-keys.ts'
import { refreshRequest, type RefreshRequest } from '../refresh-request.ts'
import { CachedTokens } from './cached-tokens.ts'
import { ControlPort } from './control-port.ts'
import { readHandOverOfPopup } from './popup-messages.ts'
import { Lately } from './lately.ts'
import { isSameSite } from './same-site.ts'
import { StoredTokens } from './stored-tokens.ts'
import { TokenBucket } from './token-bucket.ts'
import { VaultWorker } from './vault-worker.ts'
import { WorkerPort } from './worker-port.ts'

/** Ports on which the page may ask; its client needs one. */
const MOST_CONTROL_PORTS = 16
/** Ports to lives of the app's worker that are kept at once: the running one, and one that an update replaces. */
const MOST_WORKER_PORTS = 8
/** Times at once, and a second, that a page may embed anew, or that its worker may ask for a user while there is none. */
const BURST = 40
const PER_SECOND = 5

/**
 * The vault's page in a hidden frame of the app. It adds the access token to requests that the app's worker hands over, and
 * passes the page's questions to the vault's worker. It takes ports from its embedder only, and only if that is one of the
 * configured apps; it has nothing to show.
 */
export function startBridge(config: GuardianConfig): void {
  const parsed = parseConfig(config)
  const { vault, resources } = parsed
  if (vault === undefined || window.parent === window) return
  const bridge = crypto.randomUUID()
  const worker = new VaultWorker()
  // Before anything else: on a cold page the first answer waits for the start of this worker more than for this script.
  const started = worker.start()
  const database = new Database()
  const stored = new StoredTokens(new IdbSessionRows(database), worker)
  const tokens = new CachedTokens(stored)
  void started.then(() => stored.askWhere())
  const bucket = new TokenBucket(BURST, PER_SECOND)
  const workerPorts: WorkerPort[] = []
  const controls: ControlPort[] = []
  let appOrigin: string | undefined
  const decisions = parsed.developmentPanel
    ? new DecisionBook({ config: parsed, tokens }, () => Date.now())
    : undefined
  const ask = (request: RefreshRequest): Promise<unknown> => {
    const answer = worker.ask(request)
    decisions?.refresh(request.client, answer, request.target)
    return answer
  }
  const tell = (event: GuardianEvent): void => {
    decisions?.hear(event)
    for (const control of controls) control.tell(event)
  }

  const told = new Lately()
  const reportError: Sessions['reportError'] = (error, client) => {
    const wire = toWire(error)
    // Many requests may fail for one reason, of which the vault's worker tells each: pages are told once.
    if (told.isNew(wire.correlationId))
      tell({ type: 'error', error: wire, ...(client === undefined ? {} : { client }) })
    return wire
  }
  const refresher: Refreshing = {
    refresh: async (client, stale, target) => {
      // Also when it fails: the session may have ended with it, and its event comes later than this answer.
      const asked = ask(refreshRequest(client, stale, target))
      stored.learn(await asked.finally(() => tokens.forget()))
    },
    refreshInBackground: async (client, stale, target) => {
      if (stale.tokens.refreshToken === undefined) return
      await ask(refreshRequest(client, stale, target, true))
        .then((answer) => stored.learn(answer))
        .catch(() => undefined)
      tokens.forget()
    },
  }
  const sessions: Sessions = {
    // The vault's worker notices by itself; tokens on disk are not lost with it.
    session: () => Promise.resolve({ status: 'signed-out' }),
    reportError,
    end: async (client, generation) => {
      await worker.ask({ type: 'token-expired', client, generation })
      tokens.forget()
    },
  }
  const wire = {
    now: () => epochSeconds(Date.now() / 1000),
    fetch: (url: string, init: RequestInit) => fetch(url, init),
  }
  const requests = new ApiRequests({ config: parsed, tokens, wire, tell }, sessions, refresher)
  const apiRequests = decisions?.watch(requests) ?? requests
  const keys = new UserKeys(database)
  const questions = new TokenBucket(BURST, PER_SECOND)
  const users = new PresentUsers({
    config: parsed,
    tokens,
    nameOf: (parts) => keys.of([appOrigin ?? '', ...parts]),
    isSignedOut: async (client) => {
      if (appOrigin === undefined || !questions.take()) return false
      const request = { type: 'get-session', client } as const
      return isSignedOut(await worker.ask({ type: 'ask', appOrigin, request }))
    },
  })
  const reportUnreachable = unreachableReporter(reportError)
  const calls = { resources, apiRequests, decisions, users, reportUnreachable }

  window.addEventListener('message', ({ source, origin, data, ports: [port] }) => {
    if (source === window.parent && vault.appOrigins.includes(origin)) {
      if (!port || !isEmbedding(data) || !bucket.take()) return
      appOrigin = origin
      if (data.embed === 'control') {
        // Nobody is pushed out: a script that embeds again and again must not cut off the app's client.
        if (controls.length >= MOST_CONTROL_PORTS) return
        const control = new ControlPort(port, origin, worker, decisions)
        controls.push(control)
        control.tell({ type: 'bridge-ready', sameSite: isSameSite() })
      } else {
        for (const old of workerPorts.splice(0)) {
          if (!old.isOpen) continue
          old.closeUnlessAlive()
          workerPorts.push(old)
        }
        workerPorts.push(new WorkerPort(port, bridge, calls))
        if (workerPorts.length > MOST_WORKER_PORTS) workerPorts.shift()?.close()
      }
    } else if (origin === location.origin && isPopupOf(window.parent, source)) {
      void takeFrom(source, data)
    }
  })

  window.addEventListener('pagehide', ({ persisted }) => {
    for (const port of workerPorts) port.leave(persisted ? 'for-now' : 'for-good')
  })
  window.addEventListener('pageshow', () => {
    for (const port of workerPorts) port.comeBack()
  })

  /** A popup of this vault brings what the authorization server answered there. */
  async function takeFrom(popup: Window, data: unknown): Promise<void> {
    const brought = readHandOverOfPopup(data)
    if (brought === undefined || appOrigin === undefined) return
    const { handOver } = brought
    if (handOver?.appOrigin === appOrigin) {
      await worker
        .askOnce({ type: 'receive', appOrigin, handOver, way: 'popup' })
        .catch(() => undefined)
    }
    popup.postMessage({ tokenGuardianPopup: 'taken' }, location.origin)
  }

  const { serviceWorker } = navigator
  serviceWorker.addEventListener('message', ({ data }) => {
    const event = parseEvent(data)
    // It asks to be kept awake for what it could not write; to be asked is to try again.
    if (event?.type === 'stay-awake') void stored.askWhere()
    if (event?.type !== 'session' && event?.type !== 'error') return
    stored.hear(event)
    tokens.forget()
    tell(event)
  })
  serviceWorker.startMessages()
}

/** A window of this vault that was opened by the page around this frame. No other origin's opener can be read. */
function isPopupOf(page: Window, source: MessageEventSource | null): source is Window {
  try {
    return source !== null && source !== window && (source as Window).opener === page
  } catch {
    return false
  }
}

/** A session that ended otherwise is one whose user may come back. */
function isSignedOut(answer: unknown): boolean {
  const { session } = (answer ?? {}) as { readonly session?: { readonly status?: unknown } }
  return session?.status === 'signed-out'
}

function isEmbedding(data: unknown): data is EmbedEnvelope {
  if (typeof data !== 'object' || data === null) return false
  const { tokenGuardian, embed } = data as Partial<EmbedEnvelope>
  return isVersion(tokenGuardian) && (embed === 'control' || embed === 'worker')
}

/** A page that is offline makes many calls that fail for one reason: it is told once a second. */
function unreachableReporter(report: Sessions['reportError']): (resource: ParsedResource) => void {
  const bucket = new TokenBucket(1, 1)
  return ({ origin, client }) => {
    if (!bucket.take()) return
    const message = `${origin} could not be reached: no network, or its CORS does not allow ${location.origin}`
    report(failure('api-unreachable', 'api', { message }), client)
  }
}
