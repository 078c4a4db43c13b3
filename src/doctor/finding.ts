import type { Flaw } from '../contract/deployment-flaws.ts'
import { FINDINGS, type CheckId, type FindingId, type Level } from './catalogue.ts'

/** One thing that is wrong with a deployment. Nothing in it is secret: the doctor has no secrets. */
export interface Finding {
  readonly id: FindingId
  readonly check: CheckId
  readonly level: Level
  /** URL, or name of the client, that it is about. */
  readonly subject: string
  readonly what: string
  readonly why: string
  /** The line to change, for the host in use where that was recognised. */
  readonly change: string
}

/** What could not be told, and why. */
export interface NotChecked {
  readonly check: CheckId
  readonly reason: string
}

export type Result = Finding | NotChecked

interface Facts {
  readonly subject: string
  /** Default: the general words of the catalogue. */
  readonly what?: string
  readonly change?: string
}

export function found(id: FindingId, { subject, what, change }: Facts): Finding {
  const { check, level, title, why, change: usual } = FINDINGS[id]
  return { id, check, level, subject, what: what ?? title, why, change: change ?? usual }
}

export function notChecked(check: CheckId, reason: string): NotChecked {
  return { check, reason }
}

export function isFinding(result: Result): result is Finding {
  return 'id' in result
}

/** A flaw that the guardian knows too, as a finding: same id, same words. */
export function foundFlaw(flaw: Flaw, subject: string, change?: string): Finding {
  const end = flaw.indexOf(': ')
  const what = flaw.slice(end + 2)
  return found(flaw.slice(0, end) as FindingId, { subject, what, ...(change && { change }) })
}

const LONGEST = 160

/** What a server said, fit for a terminal: one line without control characters, and not too long. */
export function shown(said: unknown): string {
  const text = typeof said === 'string' ? said : (JSON.stringify(said) ?? '')
  const plain = text.replaceAll(/[\p{C}\s]+/gu, ' ')
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain
}
