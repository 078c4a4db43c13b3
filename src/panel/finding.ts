/** What a check of the deployment found. The panel shows a list of them; `token-guardian/doctor` makes such. */
export interface Finding {
  readonly level: 'error' | 'warning' | 'note'
  /** URL, or name of the client, that it is about. */
  readonly subject?: string
  readonly what: string
  readonly why?: string
  /** The line to change. */
  readonly change?: string
}
