import type { Results } from './results.ts'
import { burstSize } from './measure-requests.ts'
import type { Mode } from './modes.ts'
import { ratio, summarise, type Ratio, type Rounds, type Summary } from './statistics.ts'

/** One line of the table. */
export interface Row {
  readonly what: string
  readonly mode: string
  /** Milliseconds. */
  readonly summary?: Summary
  readonly comparedWith?: string
  readonly ratio?: Ratio
  /** For what is not a time. */
  readonly value?: string
  readonly target?: string
  readonly met?: boolean
}

type Samples = Readonly<Partial<Record<Mode, Rounds>>>
/** What a mode is compared with, and how many times as long it may take at p50. */
type Comparisons = Readonly<Partial<Record<Mode, { readonly with: Mode; readonly most?: number }>>>

const kilobyte = 1024
/** The guardian's part of a request may cost this much more than that of a worker that does nothing. */
const throughGuardian: Comparisons = {
  'pass-through': { with: 'direct' },
  guardian: { with: 'pass-through', most: 1.1 },
  'guardian-idb': { with: 'pass-through' },
}

export function rowsOf({ requests, cold, storms, sizes }: Results): Row[] {
  return [
    ...timeRows('sequential GET', requests.sequential, throughGuardian),
    ...timeRows(`${burstSize} parallel GETs`, requests.parallel, throughGuardian),
    ...timeRows('GET of the own origin', requests.otherRequests, {
      routed: { with: 'direct' },
      guardian: { with: 'direct', most: 1.02 },
    }),
    {
      what: 'GET of the own origin',
      mode: 'static route',
      value: Object.entries(requests.otherRoutes)
        .map(([mode, route]) => `${mode}: ${route || 'none'}`)
        .join(', '),
    },
    ...timeRows('first GET, worker stopped', cold, { 'guardian-idb': { with: 'pass-through' } }),
    ...storms.map(({ mode, tabs, requests: asked, succeeded, tokenRequests, ms }) => ({
      what: `expired, ${tabs} tabs × ${asked / tabs}`,
      mode,
      value: `${tokenRequests} × /token, ${succeeded}/${asked} ok, ${ms.toFixed(0)} ms`,
      target: '1 × /token',
      met: tokenRequests === 1 && succeeded === asked,
    })),
    sizeRow('client', 'with workbox-window', sizes.client.gzip, 5.5),
    sizeRow('client', 'our own part', sizes.clientOwn.gzip, 3),
    sizeRow('worker', 'all', sizes.worker.gzip, 16),
    sizeRow('worker', 'our own part', sizes.workerOwn.gzip),
    ...Object.entries(sizes.workerPackages).map(([name, bytes]) => sizeRow('worker', name, bytes)),
  ]
}

function timeRows(what: string, samples: Samples, comparisons: Comparisons): Row[] {
  const entries = Object.entries(samples) as [Mode, Rounds][]
  return entries.map(([mode, rounds]) => {
    const row = { what, mode, summary: summarise(rounds) }
    const comparison = comparisons[mode]
    const base = comparison && samples[comparison.with]
    if (comparison === undefined || base === undefined) return row
    const found = ratio(rounds, base)
    const { most } = comparison
    return {
      ...row,
      comparedWith: comparison.with,
      ratio: found,
      ...(most === undefined ? {} : { target: `≤ ${most.toFixed(2)}`, met: found.p50 <= most }),
    }
  })
}

function sizeRow(what: string, mode: string, gzip: number, mostKilobytes?: number): Row {
  const kilobytes = gzip / kilobyte
  return {
    what: `${what}, gzip`,
    mode,
    value: `${kilobytes.toFixed(2)} KB`,
    ...(mostKilobytes === undefined
      ? {}
      : { target: `≤ ${mostKilobytes} KB`, met: kilobytes <= mostKilobytes }),
  }
}
