export type { CheckId, FindingId, Level } from '../catalogue.ts'
export type { Finding, NotChecked, Result } from '../finding.ts'
export {
  checkFromPage,
  watchDeployment,
  type ErrorSource,
  type PageCheckOptions,
} from './check-from-page.ts'
