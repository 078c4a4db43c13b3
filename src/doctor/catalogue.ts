import { APIS_FINDINGS } from './catalogue/apis.ts'
import { APP_FINDINGS } from './catalogue/app.ts'
import { BROWSER_FINDINGS } from './catalogue/browser.ts'
import { METADATA_FINDINGS } from './catalogue/metadata.ts'
import { SERVERS_FINDINGS } from './catalogue/servers.ts'
import { VAULT_FINDINGS } from './catalogue/vault.ts'
import { WORKER_FINDINGS } from './catalogue/worker.ts'

export { CHECKS, type CheckId, type Level } from './catalogue/explanation.ts'

/** Everything that can be found. An id is API: it is never renamed and never used for something else. */
export const FINDINGS = {
  ...APP_FINDINGS,
  ...WORKER_FINDINGS,
  ...VAULT_FINDINGS,
  ...METADATA_FINDINGS,
  ...SERVERS_FINDINGS,
  ...APIS_FINDINGS,
  ...BROWSER_FINDINGS,
}

export type FindingId = keyof typeof FINDINGS
