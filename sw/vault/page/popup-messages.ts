import { readHandOver, type HandOver } from '../../core/hand-over.ts'

/** What the page on which a popup ends says to the frames of its opener. */
export interface BringEnvelope {
  /** The response, where the frame has a storage of its own. */
  readonly tokenGuardianPopup: { readonly handOver?: string }
}

export interface BroughtByPopup {
  readonly handOver?: HandOver
}

export function readHandOverOfPopup(data: unknown): BroughtByPopup | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const { tokenGuardianPopup: brought } = data as { readonly tokenGuardianPopup?: unknown }
  if (typeof brought !== 'object' || brought === null) return undefined
  const { handOver: text } = brought as { readonly handOver?: unknown }
  const handOver = typeof text === 'string' ? readHandOver(text) : undefined
  return handOver === undefined ? {} : { handOver }
}
