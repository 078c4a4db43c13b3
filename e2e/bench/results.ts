import type { measureColdStart } from './measure-cold-start.ts'
import type { Storm } from './measure-refresh-storm.ts'
import type { RequestSamples } from './measure-requests.ts'
import type { Sizes } from './measure-sizes.ts'

/** Everything that one run measured. Times are in milliseconds. */
export interface Results {
  readonly requests: RequestSamples
  readonly cold: Awaited<ReturnType<typeof measureColdStart>>
  readonly storms: readonly Storm[]
  readonly sizes: Sizes
}
