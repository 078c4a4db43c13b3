declare const unit: unique symbol

/** Seconds since 1970-01-01T00:00:00Z, as `exp` in RFC 7519 section 4.1.4. */
export type EpochSeconds = number & { readonly [unit]: 'EpochSeconds' }

/** The one place where a plain number becomes an {@link EpochSeconds}. */
export function epochSeconds(seconds: number): EpochSeconds {
  return Math.floor(seconds) as EpochSeconds
}
