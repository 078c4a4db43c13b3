import type { pauseAfter, refreshFrom } from '../../sw/core/refresh-schedule.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { Timeline } from './timeline.ts'

/** The guardian's own decisions; variants of them show what each is good for. */
export interface Schedule {
  readonly refreshFrom: typeof refreshFrom
  readonly pauseAfter: typeof pauseAfter
}

export interface Scenario {
  /** Sampled clients; each stands for as many real ones as you like, for all numbers are ratios. */
  readonly clients: number
  readonly lifetimeSeconds: number
  readonly outage?: {
    readonly seconds: number
    /** `timeout`: no answer for ten seconds. */
    readonly kind: '503' | 'timeout'
    /** Seconds, or what is left of the outage (a maintenance window). */
    readonly retryAfter?: number | 'until-the-end'
  }
  /** What the server can do after the outage, in steady states; above it answers 429. */
  readonly capacity?: number
  /** Everyone signs in within these first seconds. */
  readonly signInWithinSeconds?: number
  /** Seconds after which an idle worker is ended and forgets its pause; left out, it never is. */
  readonly workerIdleSeconds?: number
  readonly seed?: number
}

export interface Outcome {
  /** Requests a second before the outage, or on average where there is none. */
  readonly steady: number
  /** Most requests from the recovery on, within 10 s and within 1 s, in steady states. */
  readonly peak: number
  readonly peakSecond: number
  /** Share of clients whose calls failed after the recovery still, and their seconds from a first call to one that went through. */
  readonly affected: number
  readonly median: number
  readonly p99: number
}

/** Seconds between API calls, and which share of clients calls so. 0: a device that wakes up once, with a token of yesterday. */
const USAGE = [
  { share: 0.4, every: 5 },
  { share: 0.3, every: 60 },
  { share: 0.2, every: 600 },
  { share: 0.1, every: 0 },
] as const
const LEEWAY_SECONDS = 30
const WINDOW_SECONDS = 10

interface Client {
  readonly every: number
  readonly phase: number
  readonly wakesAt: number
  issuedAt: number
  expiresAt: number
  refreshFrom: number
  failures: number
  /** First call from the recovery on that had no usable token. */
  missedAt?: number
  recovered?: boolean
}

/** Discrete events: only the API calls that send a refresh are simulated, for all others change nothing. */
export function simulate(scenario: Scenario, schedule: Schedule): Outcome {
  const { clients: count, lifetimeSeconds: lifetime, outage, capacity = Infinity } = scenario
  const { signInWithinSeconds: together, workerIdleSeconds: idle = Infinity } = scenario
  const random = randomFrom(scenario.seed ?? 1)
  const warm = together === undefined ? 1.5 * lifetime : 0
  const begins = together === undefined ? warm + Math.max(lifetime, 600) : 0
  const recovers = begins + (outage?.seconds ?? 0)
  const ends = recovers + (together === undefined ? 1.5 : 6) * lifetime + 300
  const load = new Float64Array(Math.ceil(ends) + 1)
  const timeline = new Timeline<Client>()
  const delays: number[] = []
  let steady = 0
  let bucket = { left: 0, at: begins }

  const issue = (client: Client, at: number): void => {
    client.issuedAt = at
    client.expiresAt = at + lifetime
    const id = Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
    const token = { id, issuedAt: epochSeconds(at), expiresAt: client.expiresAt }
    client.refreshFrom = schedule.refreshFrom(token, LEEWAY_SECONDS)
    client.failures = 0
  }
  const firstCallFrom = ({ every, phase, wakesAt }: Client, at: number): number => {
    if (every === 0) return Math.max(at, wakesAt) - Math.log(1 - random()) * 5
    if (every > 60) return at - Math.log(1 - random()) * every
    return phase + Math.ceil((at - phase) / every) * every
  }
  /** What the server says: `undefined` is new tokens. */
  const answer = (
    at: number,
  ): { readonly after: number; readonly retryAfter: number } | undefined => {
    if (outage && at >= begins && at < recovers) {
      const { kind, retryAfter = 0 } = outage
      return {
        after: kind === 'timeout' ? 10 : 0.1,
        retryAfter: retryAfter === 'until-the-end' ? recovers - at : retryAfter,
      }
    }
    if (capacity === Infinity || at < recovers) return undefined
    const most = capacity * steady
    bucket = { left: Math.min(most, bucket.left + (at - bucket.at) * most), at }
    if (bucket.left < 1) return { after: 0.1, retryAfter: 5 }
    bucket.left -= 1
    return undefined
  }

  for (let index = 0; index < count; index += 1) {
    let share = 0
    const usage = USAGE.find((one) => index < (share += one.share) * count) ?? USAGE[0]
    const { every } = usage
    const client: Client = {
      every,
      phase: random() * every,
      wakesAt: every === 0 ? random() * ends : 0,
      issuedAt: 0,
      expiresAt: 0,
      refreshFrom: 0,
      failures: 0,
    }
    if (together !== undefined) issue(client, random() * together)
    else if (every > 0) issue(client, random() * lifetime - lifetime)
    timeline.add(firstCallFrom(client, Math.max(0, client.refreshFrom)), client)
  }

  for (let step = timeline.next(); step && step.at < ends; step = timeline.next()) {
    const { at, event: client } = step
    if (steady === 0 && at >= begins) steady = mean(load, warm, begins)
    if (at >= recovers && at >= client.expiresAt) client.missedAt ??= at
    load[Math.floor(at)]! += 1
    const failed = answer(at)
    if (failed === undefined) {
      if (client.missedAt !== undefined && !client.recovered) {
        client.recovered = true
        if (client.failures > 0) delays.push(at - client.missedAt)
      }
      issue(client, at)
      timeline.add(firstCallFrom(client, Math.max(client.refreshFrom, at + 0.2)), client)
      continue
    }
    const done = at + failed.after
    client.failures += 1
    const pause = schedule.pauseAfter(
      {
        failures: client.failures,
        leftSeconds: client.expiresAt - done,
        lifetimeSeconds: lifetime,
        retryAfterSeconds: failed.retryAfter,
      },
      random,
    )
    const call = firstCallFrom(client, done + 0.01)
    const forgets = client.every > idle
    if (forgets) client.failures = 0
    const next = forgets ? call : Math.max(call, firstCallFrom(client, done + pause))
    if (next > recovers) {
      const missed = firstCallFrom(client, Math.max(recovers, done, client.expiresAt))
      if (missed < done + pause && missed < next) client.missedAt ??= missed
    }
    timeline.add(next, client)
  }

  const from = together === undefined ? recovers : 0
  const usual = together === undefined ? steady : mean(load, 0, ends)
  delays.sort((one, other) => one - other)
  return {
    steady: usual,
    peak: mostWithin(load, from, ends, WINDOW_SECONDS) / usual,
    peakSecond: mostWithin(load, from, ends, 1) / usual,
    affected: delays.length / count,
    median: delays[Math.floor(delays.length / 2)] ?? 0,
    p99: delays[Math.floor(delays.length * 0.99)] ?? 0,
  }
}

function mean(load: Float64Array, from: number, to: number): number {
  const part = load.subarray(Math.floor(from), Math.floor(to))
  return part.reduce((sum, one) => sum + one, 0) / part.length
}

function mostWithin(load: Float64Array, from: number, to: number, seconds: number): number {
  let most = 0
  for (let at = Math.floor(from); at + seconds <= Math.floor(to); at += 1) {
    most = Math.max(most, mean(load, at, at + seconds))
  }
  return most
}

/** Mulberry32: the same seed gives the same run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
