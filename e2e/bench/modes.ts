/**
 * What is compared, each on an origin of its own: no worker; a worker that passes everything on; the guardian with either
 * storage; the guardian in a vault, on one more origin; a worker whose one static route sends everything to the network.
 */
export const modes = [
  'direct',
  'pass-through',
  'guardian',
  'guardian-idb',
  'vault',
  'routed',
] as const

export type Mode = (typeof modes)[number]

/** Modes that answer API requests, by what they are compared with. */
export const apiModes = ['direct', 'pass-through', 'guardian', 'guardian-idb', 'vault'] as const
export const guardianModes = ['guardian', 'guardian-idb'] as const

/** Whether a user signs in, and the page has no token to set. */
export function isGuarded(mode: Mode): boolean {
  return mode === 'vault' || guardianModes.some((guardian) => guardian === mode)
}

/** One value per mode, made one after the other. */
export async function perMode<Value>(
  make: (mode: Mode, index: number) => Promise<Value>,
): Promise<Record<Mode, Value>> {
  const entries: (readonly [Mode, Value])[] = []
  for (const [index, mode] of modes.entries()) entries.push([mode, await make(mode, index)])
  return Object.fromEntries(entries) as Record<Mode, Value>
}
