import type { measureColdStart } from './measure-cold-start.ts'
import type { measureOpening } from './measure-opening.ts'
import type { Preflights } from './measure-preflights.ts'
import type { Storm } from './measure-refresh-storm.ts'
import type { RequestSamples } from './measure-requests.ts'
import type { Sizes } from './measure-sizes.ts'
import type { TransferSamples } from './measure-transfers.ts'

/** Everything that one run measured. Times are in milliseconds. */
export interface Results {
  readonly requests: RequestSamples
  readonly transfers: TransferSamples
  readonly preflights: Preflights
  readonly cold: Awaited<ReturnType<typeof measureColdStart>>
  readonly opening: Awaited<ReturnType<typeof measureOpening>>
  readonly storms: readonly Storm[]
  readonly sizes: Sizes
}
