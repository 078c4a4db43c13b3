import type { Results } from './results.ts'
import { burstSize } from './measure-requests.ts'
import { downloadBytes, uploadBytes } from './measure-transfers.ts'
import type { Mode } from './modes.ts'
import { ratio, summarise, type Ratio, type Rounds, type Summary } from './statistics.ts'

/** One line of the table. */
export interface Row {
  readonly what: string
  readonly mode: string
  /** Milliseconds, or megabytes a second. */
  readonly summary?: Summary
  readonly comparedWith?: string
  readonly ratio?: Ratio
  /** For what is not a time. */
  readonly value?: string
  readonly target?: string
  readonly met?: boolean
}

type Samples = Readonly<Partial<Record<Mode, Rounds>>>

/** What a mode is compared with, and by how much it may take longer, or must be as fast, at p50. */
interface Comparison {
  readonly with: Mode
  readonly most?: number
  readonly least?: number
}
type Comparisons = Readonly<Partial<Record<Mode, Comparison | readonly Comparison[]>>>

const kilobyte = 1024
/** The guardian's part of a request may cost this much more than that of a worker that does nothing. */
const throughGuardian: Comparisons = {
  'pass-through': { with: 'direct' },
  guardian: { with: 'pass-through', most: 1.1 },
  'guardian-idb': { with: 'pass-through' },
  vault: [{ with: 'guardian', most: 1.5 }, { with: 'direct' }],
}
/** Bodies are passed on twice more on their way to and from a vault. */
const transfers: Comparisons = {
  guardian: { with: 'direct' },
  vault: { with: 'direct', least: 0.5 },
}

export function rowsOf(results: Results): Row[] {
  const { requests, transfers: moved, cold, opening, storms, sizes } = results
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
    ...rateRows('download, MB/s', downloadBytes, moved.download, transfers),
    ...rateRows('download by getReader(), MB/s', downloadBytes, moved.downloadByReader, {
      guardian: { with: 'direct' },
      vault: { with: 'direct' },
    }),
    ...rateRows('Blob upload, MB/s', uploadBytes, moved.upload, transfers),
    preflightRow(results),
    ...timeRows('first GET, worker stopped', cold, { 'guardian-idb': { with: 'pass-through' } }),
    ...timeRows('navigation to first answer', opening.afterReady, {
      vault: { with: 'guardian-idb', most: 2 },
    }),
    ...timeRows('… of that until ready()', opening.ready, { vault: { with: 'guardian-idb' } }),
    ...timeRows('… when not waiting for it', opening.atOnce, { vault: { with: 'guardian-idb' } }),
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
    sizeRow('vault', 'app’s worker', sizes.forwarder.gzip),
    sizeRow('vault', 'bridge', sizes.bridge.gzip),
    sizeRow('vault', 'vault’s worker', sizes.vaultWorker.gzip),
  ]
}

/** One row a mode; one more for each further comparison. */
function timeRows(what: string, samples: Samples, comparisons: Comparisons): Row[] {
  const entries = Object.entries(samples) as [Mode, Rounds][]
  return entries.flatMap(([mode, rounds]): Row[] => {
    const row = { what, mode, summary: summarise(rounds) }
    const found = [comparisons[mode] ?? []].flat()
    return found.length === 0
      ? [row]
      : found.map((comparison) => ({ ...row, ...compared(rounds, samples, comparison) }))
  })
}

/** The same for what is better when it is more. */
function rateRows(what: string, bytes: number, samples: Samples, comparisons: Comparisons): Row[] {
  const entries = Object.entries(samples) as [Mode, Rounds][]
  const rates = entries.map(([mode, rounds]) => [
    mode,
    rounds.map((times) => times.map((ms) => bytes / 1000 / ms)),
  ])
  return timeRows(`${bytes / 1e6} MB ${what}`, Object.fromEntries(rates), comparisons)
}

function compared(
  rounds: Rounds,
  samples: Samples,
  { with: comparedWith, most, least }: Comparison,
): Partial<Pick<Row, 'comparedWith' | 'ratio' | 'target' | 'met'>> {
  const base = samples[comparedWith]
  if (base === undefined) return {}
  const found = ratio(rounds, base)
  const row = { comparedWith, ratio: found }
  if (most !== undefined) return { ...row, target: `≤ ${most.toFixed(2)}`, met: found.p50 <= most }
  if (least === undefined) return row
  return { ...row, target: `≥ ${least.toFixed(2)}`, met: found.p50 >= least }
}

function preflightRow({ preflights }: Results): Row {
  return {
    what: 'preflights per URL',
    mode: '',
    value: Object.entries(preflights)
      .map(([mode, count]) => `${mode}: ${count}`)
      .join(', '),
    target: 'vault ≤ direct + 1',
    met: preflights.vault - preflights.direct <= 1,
  }
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
