import { CHECKS, type CheckId, type Level } from './catalogue.ts'
import { isFinding, type Finding, type NotChecked, type Result } from './finding.ts'

/** What `--json` prints. The shape and the ids are API: members are added, never renamed. */
export interface Report {
  readonly version: 1
  readonly app: string
  readonly topology: 'vault' | 'same-origin'
  readonly counts: Readonly<Record<Level | 'notChecked', number>>
  readonly findings: readonly Finding[]
  readonly notChecked: readonly NotChecked[]
}

const LEVELS: readonly Level[] = ['error', 'warning', 'note']

/** The worst first; within a level in the order of the checks. */
export function makeReport(
  app: string,
  topology: Report['topology'],
  results: readonly Result[],
): Report {
  const order = Object.keys(CHECKS)
  const byCheck = (one: Result, other: Result): number =>
    order.indexOf(one.check) - order.indexOf(other.check)
  const findings = results
    .filter(isFinding)
    .toSorted(
      (one, other) =>
        LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level) || byCheck(one, other),
    )
  const left = results
    .filter((result): result is NotChecked => !isFinding(result))
    .toSorted(byCheck)
  const count = (level: Level): number =>
    findings.filter((finding) => finding.level === level).length
  return {
    version: 1,
    app,
    topology,
    counts: {
      error: count('error'),
      warning: count('warning'),
      note: count('note'),
      notChecked: left.length,
    },
    findings,
    notChecked: left,
  }
}

/** For people: what is wrong, why it matters, and the line to change. */
export function describeReport({ app, topology, counts, findings, notChecked }: Report): string {
  const blocks = findings.map(
    ({ id, level, subject, what, why, change }) =>
      `${level.toUpperCase()}  ${id}  ${subject}\n  ${what}\n  Why: ${why}\n  Change: ${change}`,
  )
  const left = notChecked.map(({ check, reason }) => `  ${titleOf(check)}: ${reason}`)
  const many = (count: number, name: string): string => `${count} ${name}${count === 1 ? '' : 's'}`
  return [
    `${app} (${topology})`,
    ...blocks,
    ...(left.length > 0 ? [`Not checked\n${left.join('\n')}`] : []),
    `${many(counts.error, 'error')}, ${many(counts.warning, 'warning')}, ${many(counts.note, 'note')}, ${counts.notChecked} not checked`,
  ].join('\n\n')
}

function titleOf(check: CheckId): string {
  return CHECKS[check]
}
