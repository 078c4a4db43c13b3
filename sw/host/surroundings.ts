import type { ParsedConfig } from '../../src/contract/config.ts'
import { POPUP_FRAGMENT } from '../../src/contract/messages.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { DegradingTokenStore } from '../core/degrading-token-store.ts'
import { toWire } from '../core/session-book.ts'
import type { Surroundings } from '../core/surroundings.ts'
import { failure } from '../protocol/failure.ts'
import { Database } from '../storage/database.ts'
import { IdbLedger } from '../storage/idb-ledger.ts'
import { IdbSessionRows } from '../storage/idb-session-rows.ts'
import { MemoryTokenStore } from '../storage/memory-token-store.ts'
import { RefreshJournal } from '../storage/refresh-journal.ts'
import { exclusive } from './exclusive.ts'
import { hasNetwork } from './has-network.ts'
import { tellPages } from './messages.ts'

/** Milliseconds for one request to the authorization server. */
const SERVER_TIMEOUT_MS = 10_000

/** The core's surroundings in a service worker. In a vault the pages to return to are the apps'. */
export function surroundingsOf(self: ServiceWorkerGlobalScope, config: ParsedConfig): Surroundings {
  const database = new Database()
  const { locks } = self.navigator
  const { origin } = self.location
  const [app] = config.vault?.appOrigins ?? []
  const tell: Surroundings['tell'] = (event, page) =>
    void tellPages(self.clients, event, page).catch(() => undefined)
  const home = app === undefined ? self.registration.scope : `${app}/`
  return {
    config,
    wire: {
      fetch: (url, init) => self.fetch(url, init),
      now: () => epochSeconds(Date.now() / 1000),
      timeoutMs: SERVER_TIMEOUT_MS,
    },
    tokens:
      config.storage === 'memory'
        ? new MemoryTokenStore(new RefreshJournal(database))
        : new DegradingTokenStore(
            new IdbSessionRows(database),
            (client) => tell({ type: 'error', client, error: toWire(storageDegraded()) }),
            () => performance.now(),
          ),
    ledger: new IdbLedger(database),
    // Tokens in memory are this worker's alone: there is nobody to exclude.
    exclusive: (name, task) =>
      config.storage === 'memory' ? task() : exclusive(locks, name, task),
    hasNetwork: () => hasNetwork(self),
    tell,
    origin,
    returnOrigins: config.vault?.appOrigins ?? [origin],
    home,
    popupEnd: home + POPUP_FRAGMENT,
    scriptUrl: self.location.href,
  }
}

function storageDegraded(): Error {
  return failure('storage-degraded', 'storage', {
    message:
      'IndexedDB is full, blocked or broken: the session is in the worker’s memory until it can be written',
  })
}
