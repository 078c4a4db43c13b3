import type { Row } from './rows.ts'

const headings = ['', 'mode', 'p50', 'p95', 'n', '× at p50', 'rounds', '× at p95', 'target', '']

/** The rows as text, one line each. Times are in milliseconds. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row, index) => [
    row.what === rows[index - 1]?.what ? '' : row.what,
    row.mode,
    ...measured(row),
    row.target ?? '',
    row.met === undefined ? '' : row.met ? 'met' : 'missed',
  ])
  const widths = headings.map((heading, column) =>
    Math.max(...[headings, ...cells].map((line) => (line[column] ?? heading).length)),
  )
  // A value that is not a time takes the columns of the times together.
  const together = widths.slice(2, 8).reduce((sum, width) => sum + width + 2, -2)
  const line = (values: readonly string[]): string =>
    values
      .map((value, column) => pad(value, widths[column] ?? 0, column))
      .join('  ')
      .trimEnd()
  return [
    line(headings),
    ...rows.map((row, index) => {
      const values = cells[index] ?? []
      if (row.value === undefined) return line(values)
      const [what = '', mode = ''] = values
      const start = `${pad(what, widths[0] ?? 0, 0)}  ${pad(mode, widths[1] ?? 0, 1)}`
      const end = values.slice(8).map((value, column) => pad(value, widths[column + 8] ?? 0, 8))
      return `${start}  ${row.value.padEnd(together)}  ${end.join('  ')}`.trimEnd()
    }),
  ].join('\n')
}

function measured({ summary, ratio, comparedWith }: Row): string[] {
  if (summary === undefined) return ['', '', '', '', '', '']
  return [
    summary.p50.toFixed(2),
    summary.p95.toFixed(2),
    String(summary.samples),
    ...(ratio === undefined
      ? ['', '', '']
      : [
          `${ratio.p50.toFixed(2)} ${comparedWith ?? ''}`,
          ratio.spread.map((value) => value.toFixed(2)).join('–'),
          ratio.p95.toFixed(2),
        ]),
  ]
}

/** Words to the left, numbers to the right. */
function pad(value: string, width: number, column: number): string {
  return column < 2 || column === 5 || column > 7 ? value.padEnd(width) : value.padStart(width)
}
