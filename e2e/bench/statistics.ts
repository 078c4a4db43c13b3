export interface Summary {
  readonly samples: number
  readonly p50: number
  readonly p95: number
  readonly min: number
  readonly max: number
}

/** One list of samples per round. */
export type Rounds = readonly (readonly number[])[]

export interface Ratio {
  /** Of the medians of all samples. */
  readonly p50: number
  readonly p95: number
  /** Middle half of the ratios of the rounds' medians: how far the machine's noise reaches. */
  readonly spread: readonly [number, number]
}

/** The value below which a share of the samples lies, between neighbours by their distance. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((one, other) => one - other)
  const position = (sorted.length - 1) * share
  const low = sorted[Math.floor(position)] ?? Number.NaN
  const high = sorted[Math.ceil(position)] ?? Number.NaN
  return low + (high - low) * (position - Math.floor(position))
}

export function summarise(rounds: Rounds): Summary {
  const samples = rounds.flat()
  return {
    samples: samples.length,
    p50: quantile(samples, 0.5),
    p95: quantile(samples, 0.95),
    min: quantile(samples, 0),
    max: quantile(samples, 1),
  }
}

/** Compares what was measured in the same rounds. */
export function ratio(rounds: Rounds, base: Rounds): Ratio {
  const perRound = rounds.map(
    (samples, index) => quantile(samples, 0.5) / quantile(base[index] ?? [], 0.5),
  )
  return {
    p50: summarise(rounds).p50 / summarise(base).p50,
    p95: summarise(rounds).p95 / summarise(base).p95,
    spread: [quantile(perRound, 0.25), quantile(perRound, 0.75)],
  }
}

export function shuffled<Entry>(entries: readonly Entry[]): Entry[] {
  return entries
    .map((entry) => ({ entry, place: Math.random() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ entry }) => entry)
}
