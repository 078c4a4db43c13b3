const kinds = [
  'status',
  'drop',
  'drop-after',
  'delay',
  'hang',
  'hang-after',
  'html',
  'truncate',
  'empty',
  'invalid-json',
  'append',
  'rewrite',
] as const

export type FaultKind = (typeof kinds)[number]

/** A disturbance that a test asked for. */
export interface Fault {
  /** Path prefix that ends at a segment: `/token` matches `/token` and `/token/x`, not `/tokens`. */
  readonly path: string
  readonly kind: FaultKind
  /** For `status` (default 503), `html`, `empty` and `invalid-json` (default 200). */
  readonly status?: number
  /** For `delay`: milliseconds, default 500. */
  readonly ms?: number
  readonly headers: Readonly<Record<string, string>>
  /** For `status` and `html`; for `append` what comes after the real body. */
  readonly body?: string
  /** For `rewrite`: what to replace in the real body, each a regular expression that must match, and by what. */
  readonly rewrites?: readonly (readonly [pattern: string, replacement: string])[]
  /** Only requests of this method; default: all but OPTIONS. */
  readonly method?: string
  /** Requests to let through before. */
  skip: number
  /** Requests still to disturb; `Infinity` until reset. */
  remaining: number
}

/**
 * Reads the command `{ do: 'fault', path, kind, ... }`.
 *
 * @throws TypeError that names the field that is wrong.
 */
export function parseFault(command: Readonly<Record<string, unknown>>): Fault {
  const { path, kind, status, ms, times, skip, headers = {}, body, method, rewrites } = command
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw new TypeError('"path" must be a path prefix such as "/token"')
  }
  const known = kinds.find((candidate) => candidate === kind)
  if (known === undefined) throw new TypeError(`"kind" must be one of ${kinds.join(', ')}`)
  if (!isHeaders(headers)) throw new TypeError('"headers" must be an object of strings')
  if (body !== undefined && typeof body !== 'string') throw new TypeError('"body" must be a string')
  if (method !== undefined && typeof method !== 'string') {
    throw new TypeError('"method" must be a string')
  }
  if (rewrites !== undefined && !areRewrites(rewrites)) {
    throw new TypeError('"rewrites" must be pairs of strings')
  }
  const statusCode = parseWhole('status', status, 200, 599)
  const delayMs = parseWhole('ms', ms, 0, 600_000)
  return {
    path,
    kind: known,
    headers,
    skip: parseWhole('skip', skip, 0, 1_000_000) ?? 0,
    remaining: parseWhole('times', times, 1, 1_000_000) ?? Infinity,
    ...(statusCode === undefined ? {} : { status: statusCode }),
    ...(delayMs === undefined ? {} : { ms: delayMs }),
    ...(body === undefined ? {} : { body }),
    ...(rewrites === undefined ? {} : { rewrites }),
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
  }
}

export function matchesFault(fault: Fault, method: string, path: string): boolean {
  if (fault.remaining < 1 || method === 'OPTIONS') return false
  if (fault.method !== undefined && fault.method !== method) return false
  const prefix = fault.path.endsWith('/') ? fault.path : `${fault.path}/`
  return path === fault.path || path.startsWith(prefix)
}

function parseWhole(name: string, value: unknown, min: number, max: number): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
    return value
  }
  throw new TypeError(`"${name}" must be a whole number from ${min} to ${max}`)
}

function areRewrites(value: unknown): value is [string, string][] {
  const isText = (entry: unknown): boolean => typeof entry === 'string'
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isText))
  )
}

function isHeaders(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((entry) => typeof entry === 'string')
  )
}
