import type { IncomingMessage } from 'node:http'

interface AskedRange {
  /** Beyond {@link last} where the range cannot be satisfied. */
  readonly first: number
  readonly last: number
  /** Whether a range was asked for. */
  readonly isPart: boolean
}

/** The bytes of a file that a request asks for: one range, to the end if it does not say otherwise. */
export function readRange({ headers }: IncomingMessage, size: number): AskedRange {
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '')
  const first = range === null ? 0 : Number(range[1])
  const last = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1)
  return { first, last, isPart: range !== null }
}
