import type { AuthClient } from 'token-guardian'

/**
 * `held`: the script got nothing. `open`: works by nature and is documented. `leak`: something secret was in reach.
 * `skipped`: could not be tried here; the notes say why.
 */
export type Outcome = 'held' | 'open' | 'leak' | 'skipped'

export interface AttackResult {
  readonly outcome: Outcome
  /** What was obtained. Secrets are shortened; everything here makes the outcome a leak unless it is `open`. */
  readonly found: readonly string[]
  /** What was tried and seen on the way, in plain words. */
  readonly notes: readonly string[]
}

export interface AttackContext {
  readonly client: AuthClient
  readonly apiOrigin: string
  readonly asOrigin: string
  /** Origin of the client's redirect URI: the vault, or the app itself. */
  readonly guardianOrigin: string
  readonly workerUrl: string
  readonly workerType: 'classic' | 'module'
}

/** Where the guardian lives: on the app's own origin, or in a vault. */
export type Topology = 'same-origin' | 'vault'

export interface Attack {
  readonly id: string
  readonly title: string
  /** What an injected script would try, in one sentence. */
  readonly tries: string
  /** How it ends in each topology, with the demo's headers: the end-to-end specs run it in both. */
  readonly expected: Readonly<Record<Topology, Outcome>>
  /** Needs a real click: browsers block it otherwise. */
  readonly needsClick?: true
  /** Harms the session of the page; left out of "Run all" unless asked for. */
  readonly destructive?: true
  readonly run: (context: AttackContext) => Promise<AttackResult>
}

/** The usual verdict: anything found is a leak. */
export function verdict(found: readonly string[], notes: readonly string[]): AttackResult {
  return { outcome: found.length === 0 ? 'held' : 'leak', found: [...new Set(found)], notes }
}

export function skipped(why: string): AttackResult {
  return { outcome: 'skipped', found: [], notes: [why] }
}

/** Says so when there is no session: an attack that finds nothing then proves little. */
export function noteOnSession({ client }: AttackContext): readonly string[] {
  return client.session.status === 'signed-in'
    ? []
    : ['Nobody was signed in, so there was little to steal. Run it again with a session.']
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** The promise's value, or `undefined` when it takes longer: an attacker does not wait for ever. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The value, or `undefined` when reading it throws (other origins do). */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

export function inWords(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

export async function requestToSucceed<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('request failed')))
    request.addEventListener('blocked', () => reject(new Error('blocked')))
  })
}
