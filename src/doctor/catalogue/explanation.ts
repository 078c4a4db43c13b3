/** How bad a finding is: `error` breaks the app or opens a wall, `warning` weakens it, `note` is for the reader to judge. */
export type Level = 'error' | 'warning' | 'note'

/** What is asked of a deployment, in the order in which it is reported. */
export const CHECKS = {
  app: 'The app’s pages and error pages',
  worker: 'The app’s worker script',
  'flow-paths': 'Callback, login and logout path on the app’s origin',
  vault: 'The vault’s files and their headers',
  metadata: 'Metadata of the authorization servers',
  'server-cors': 'CORS of the authorization servers',
  client: 'The registration of the client',
  'redirect-uri': 'Which redirect URIs the server accepts',
  'api-cors': 'CORS of the APIs',
  clock: 'Clocks',
  browser: 'The app in a browser',
} as const

export type CheckId = keyof typeof CHECKS

/** One kind of finding. `docs/doctor.md` has them as a table. */
export interface Explanation {
  readonly check: CheckId
  readonly level: Level
  /** What is wrong, for any deployment. */
  readonly title: string
  readonly why: string
  /** What to change; a finding may say it more exactly. */
  readonly change: string
}
