import type { ParsedConfig } from '../../src/contract/config.ts'
import { POPUP_FRAGMENT } from '../../src/contract/messages.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import type { Surroundings } from '../core/surroundings.ts'
import { Database } from '../storage/database.ts'
import { IdbLedger } from '../storage/idb-ledger.ts'
import { IdbTokenStore } from '../storage/idb-token-store.ts'
import { MemoryTokenStore } from '../storage/memory-token-store.ts'
import { RefreshJournal } from '../storage/refresh-journal.ts'
import { exclusive } from './exclusive.ts'
import { tellPages } from './messages.ts'

/** Milliseconds for one request to the authorization server. */
const SERVER_TIMEOUT_MS = 10_000

/** The core's surroundings in a service worker. In a vault the pages to return to are the apps'. */
export function surroundingsOf(self: ServiceWorkerGlobalScope, config: ParsedConfig): Surroundings {
  const database = new Database()
  const { locks } = self.navigator
  const { origin } = self.location
  const [app] = config.vault?.appOrigins ?? []
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
        : new IdbTokenStore(database),
    ledger: new IdbLedger(database),
    // Tokens in memory are this worker's alone: there is nobody to exclude.
    exclusive: (name, task) =>
      config.storage === 'memory' ? task() : exclusive(locks, name, task),
    isOnline: () => self.navigator.onLine,
    tell: (event, page) => void tellPages(self.clients, event, page).catch(() => undefined),
    origin,
    returnOrigins: config.vault?.appOrigins ?? [origin],
    home,
    popupEnd: home + POPUP_FRAGMENT,
    scriptUrl: self.location.href,
  }
}
